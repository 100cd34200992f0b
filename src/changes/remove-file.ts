import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { commandLine, hostName, onHost } from './shared/command-line.ts';
import { other } from './shared/looks.ts';
import type { Nothing } from './shared/nothing.ts';
import { runOrRefuse } from './shared/run-or-refuse.ts';
import { writeFile } from './write-file.ts';

type Args = {
  readonly host: HostRef;
  readonly path: string;
  /** What it must hold: a file that somebody changed is left alone. */
  readonly content: string;
};

/** Removes a file that this program wrote: the way back of `write-file`. */
export const removeFile: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'remove-file',
  version: 1,
  repeat: 'converges',
  limit: 'short',

  say: ({ host, path }) => `on ${hostName(host)} remove ${path}`,

  async look({ shell }, { host, path, content }) {
    const text = await shell.file(host, path);
    if (text === undefined) return { is: 'after', output: {} };
    if (text === content) return { is: 'before' };
    return other('changed-meanwhile', `${path} of ${hostName(host)} isn't what was written there: somebody changed it`);
  },

  async make(ports, { host, path }, send) {
    await runOrRefuse(ports, { host, argv: ['rm', '-f', path], what: `remove ${path}` }, send);
  },

  inverse: ({ host, path, content }) => ({ change: writeFile({ host, path, content, mode: '0644' }) }),

  byHand: ({ host, path }) => onHost(host, commandLine(['rm', '-f', path])),
});
