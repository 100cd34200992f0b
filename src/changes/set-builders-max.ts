import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { withMax } from './parsers/pools-max.ts';
import { restoreFile } from './restore-file.ts';
import { hostName, onHost } from './shared/command-line.ts';
import { other } from './shared/looks.ts';
import type { Nothing } from './shared/nothing.ts';
import { readOrRefuse } from './shared/read-or-refuse.ts';
import { runOrRefuse } from './shared/run-or-refuse.ts';

type Args = { readonly host: HostRef; readonly path: string; readonly max: number };
type Before = { readonly kept: string; readonly sha256: string };

/** Copies the old file aside, once for the run, before anything is written. */
const keep = '[ -e "$2" ] || { cp -p "$1" "$2.new" && mv "$2.new" "$2" && sync "$2"; }';

/**
 * Sets `max` in every section of resalloc's pools, so that no builder is started any more. The old file is kept beside it
 * and comes back as a whole. Source: the document, "Terminate resalloc resources"; procedure, drain-builders.
 */
export const setBuildersMax: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'set-builders-max',
  version: 1,
  repeat: 'converges',
  limit: 'short',

  say: ({ host, path, max }) =>
    `on ${hostName(host)} set max: ${max} in every section of ${path}, the old file kept beside it`,

  async look({ shell }, { host, path, max }, { run }) {
    const text = await shell.file(host, path);
    if (text === undefined) return other('no-such-file', `${hostName(host)} has no ${path}`);
    if (withMax(text, max) === text) return { is: 'after', output: {} };
    const sum = (await readOrRefuse(shell, host, ['sha256sum', path])).split(/\s/)[0] ?? '';
    return { is: 'before', before: { kept: keptPath(path, run), sha256: sum } satisfies Before };
  },

  async make(ports, { host, path, max }, send) {
    const text = (await ports.shell.file(host, path)) ?? '';
    const argv = ['sh', '-c', keep, 'keep', path, keptPath(path, send.run)];
    await runOrRefuse(ports, { host, argv, what: `keep ${path}` }, send);
    await ports.shell.write(host, path, withMax(text, max), send);
    return undefined;
  },

  inverse({ host, path }, made) {
    if (made === undefined) return { rule: `the old ${path} comes back` };
    const before = made.before as Before | null;
    return before === null
      ? { rule: 'it was so before' }
      : { change: restoreFile({ host, path, kept: before.kept, sha256: before.sha256 }) };
  },

  byHand: ({ host, path, max }) =>
    onHost(host, `cp -p ${path} ${path}.before && sed -Ei 's/^( +max: *)[0-9]+/\\1${max}/' ${path}`),
});

function keptPath(path: string, run: string): string {
  return `${path}.before-${run}`;
}
