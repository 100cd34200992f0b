import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import type { HostRef, ShellReader } from '#ports/shell.ts';
import { commandLine, hostName, onHost } from './shared/command-line.ts';
import { other } from './shared/looks.ts';
import type { Nothing } from './shared/nothing.ts';
import { runOrRefuse } from './shared/run-or-refuse.ts';

type Args = {
  readonly host: HostRef;
  readonly path: string;
  /** Where the old file is kept, on the same file system. */
  readonly kept: string;
  /** Of the old file: a kept one that differs is not put back. */
  readonly sha256: string;
};

/** Puts an old file back from where it was kept; the kept one goes. The way back of `set-builders-max`. */
export const restoreFile: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'restore-file',
  version: 1,
  repeat: 'converges',
  limit: 'short',

  say: ({ host, path, kept, sha256 }) =>
    `on ${hostName(host)} put ${path} back from ${kept} (fingerprint ${sha256.slice(0, 12)})`,

  async look({ shell }, { host, path, kept, sha256 }) {
    const old = await sumOf(shell, host, kept);
    if (old === undefined) {
      return (await sumOf(shell, host, path)) === sha256
        ? { is: 'after', output: {} }
        : other('old-file-missing', `${kept} isn't there on ${hostName(host)}, and ${path} isn't the old file`);
    }
    return old === sha256
      ? { is: 'before' }
      : other('old-file-changed', `${kept} on ${hostName(host)} isn't what was kept: compare it with ${path} by hand`);
  },

  async make(ports, { host, path, kept }, send) {
    await runOrRefuse(ports, { host, argv: ['mv', '-f', kept, path], what: `put ${path} back` }, send);
  },

  inverse: ({ path }) => ({ rule: `${path} stays as it is put back` }),

  byHand: ({ host, path, kept }) => onHost(host, commandLine(['mv', '-f', kept, path])),
});

async function sumOf(shell: ShellReader, host: HostRef, path: string): Promise<string | undefined> {
  const { code, stdout } = await shell.read(host, ['sha256sum', path]);
  return code === 0 ? stdout.split(/\s/)[0] : undefined;
}
