import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { hostName, onHost } from './shared/command-line.ts';
import { isLook, lookAtCommand } from './shared/look-at-command.ts';
import type { Nothing } from './shared/nothing.ts';

type Args = { readonly host: HostRef; readonly path: string; readonly sizeMiB: number };

/** The file appears under its name only when it is whole. */
const script = [
  'if [ ! -e "$1" ]; then',
  '  dd if=/dev/zero of="$1.new" bs=1M count="$2" && chmod 600 "$1.new" && mkswap "$1.new" && mv "$1.new" "$1" || exit',
  'fi',
  'swapon "$1"',
].join('\n');

/** Writes a swap file ahead, as the first playbook would in the outage, for minutes. Source: procedure, warm-up; facts, "Details that bite". */
export const createSwapFile: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'create-swap-file',
  version: 1,
  repeat: 'converges',
  limit: 'command',

  say: ({ host, path, sizeMiB }) => `on ${hostName(host)} write the swap file ${path} of ${sizeMiB} MiB and use it`,

  async look(ports, { host, path }, about) {
    const state = await lookAtCommand<Nothing>(ports, host, about, `writing ${path}`);
    if (isLook(state)) return state;
    if (state.is === 'done') return { is: 'after', output: {} };
    const swaps = (await ports.shell.file(host, '/proc/swaps')) ?? '';
    return swaps.split('\n').some(line => line.split(/\s/)[0] === path)
      ? { is: 'after', output: {}, saw: `${path} is in use` }
      : { is: 'before' };
  },

  async make({ shell }, { host, path, sizeMiB }, send) {
    await shell.start(host, ['sh', '-c', script, 'swap', path, String(sizeMiB)], send);
    return undefined;
  },

  inverse: ({ path }) => ({ rule: `${path} stays` }),

  byHand: ({ host, path, sizeMiB }) =>
    onHost(
      host,
      `dd if=/dev/zero of=${path} bs=1M count=${sizeMiB} && chmod 600 ${path} && mkswap ${path} && swapon ${path}`,
    ),
});
