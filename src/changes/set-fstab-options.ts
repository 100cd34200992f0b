import { Refused } from '#core/errors.ts';
import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { fstabSwaps, type LineSwap, swapLines } from './parsers/fstab.ts';
import { replaceLines } from './replace-lines.ts';
import { hostName, onHost } from './shared/command-line.ts';
import { other } from './shared/looks.ts';
import type { Nothing } from './shared/nothing.ts';

type Args = {
  readonly host: HostRef;
  /** Mount points. */
  readonly paths: readonly string[];
  /** Options that their lines shall have, e.g. noauto and nofail. */
  readonly options: readonly string[];
};

const fstab = '/etc/fstab';

/**
 * Adds options to the lines of mount points in /etc/fstab, so that a host whose volumes are gone boots all the same. The
 * old lines come back exactly. Source: procedure, unmount-data; facts, "Details that bite".
 */
export const setFstabOptions: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'set-fstab-options',
  version: 1,
  repeat: 'converges',
  limit: 'short',

  say: ({ host, paths, options }) =>
    `on ${hostName(host)} set ${options.join(',')} for ${paths.join(', ')} in ${fstab}`,

  async look({ shell }, { host, paths, options }) {
    const text = await shell.file(host, fstab);
    if (text === undefined) return other('no-such-file', `${hostName(host)} has no ${fstab}`);
    const swaps = fstabSwaps(text, paths, options);
    return swaps.length === 0 ? { is: 'after', output: {} } : { is: 'before', before: swaps };
  },

  async make({ shell }, { host, paths, options }, send) {
    const text = (await shell.file(host, fstab)) ?? '';
    const changed = swapLines(text, fstabSwaps(text, paths, options));
    if (changed === undefined) {
      throw new Refused('ambiguous-line', `${fstab} on ${hostName(host)} has the same line twice: mend it by hand`);
    }
    await shell.write(host, fstab, changed, send);
  },

  inverse({ host }, made) {
    if (made === undefined) return { rule: `the old lines come back to ${fstab}, exactly` };
    const lines = ((made.before ?? []) as readonly LineSwap[]).map(({ from, to }) => ({ from: to, to: from }));
    return lines.length === 0
      ? { rule: 'the lines were so before' }
      : { change: replaceLines({ host, path: fstab, lines }) };
  },

  byHand: ({ host, paths, options }) =>
    onHost(host, `vi ${fstab}   # add ${options.join(',')} to the lines of ${paths.join(', ')}`),
});
