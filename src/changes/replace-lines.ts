import { Refused } from '#core/errors.ts';
import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { type LineSwap, swapLines } from './parsers/fstab.ts';
import { hostName, onHost } from './shared/command-line.ts';
import { counted, other } from './shared/looks.ts';
import type { Nothing } from './shared/nothing.ts';

type Args = { readonly host: HostRef; readonly path: string; readonly lines: readonly LineSwap[] };

/**
 * Replaces whole lines of a file by others, each of which must stand there exactly once; all else stays. The way back
 * of `set-fstab-options`, and its own.
 */
export const replaceLines: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'replace-lines',
  version: 1,
  repeat: 'converges',
  limit: 'short',

  say: ({ host, path, lines }) =>
    `in ${path} on ${hostName(host)} replace ${counted(lines.length, 'line')}: ${lines.map(line => `"${line.from}" by "${line.to}"`).join(', ')}`,

  async look({ shell }, { host, path, lines }) {
    const text = await shell.file(host, path);
    if (text === undefined) return other('no-such-file', `${hostName(host)} has no ${path}`);
    const standing = text.split('\n');
    if (lines.every(({ from, to }) => standing.includes(to) && !standing.includes(from))) {
      return { is: 'after', output: {} };
    }
    if (swapLines(text, lines) !== undefined) return { is: 'before' };
    const missing = lines.filter(({ from }) => standing.filter(line => line === from).length !== 1);
    return other(
      'no-such-line',
      `${path} on ${hostName(host)} doesn't have ${counted(missing.length, 'line')} exactly once: somebody changed it`,
      missing.map(({ from }) => from),
    );
  },

  async make({ shell }, { host, path, lines }, send) {
    const text = await shell.file(host, path);
    const changed = text === undefined ? undefined : swapLines(text, lines);
    if (changed === undefined) throw new Refused('no-such-line', `${path} on ${hostName(host)} was changed meanwhile`);
    await shell.write(host, path, changed, send);
  },

  inverse: ({ host, path, lines }) => ({
    change: replaceLines({ host, path, lines: lines.map(({ from, to }) => ({ from: to, to: from })) }),
  }),

  byHand: ({ host, path, lines }) =>
    onHost(host, `vi ${path}   # ${lines.map(({ from, to }) => `"${from}" becomes "${to}"`).join('; ')}`),
});
