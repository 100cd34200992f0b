import { Unknown } from '#core/errors.ts';
import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import { hostName, onHost } from './shared/command-line.ts';
import type { Nothing } from './shared/nothing.ts';
import { runOrRefuse } from './shared/run-or-refuse.ts';

type Args = { readonly host: { readonly instance: string; readonly user?: string } };

const bootIdPath = '/proc/sys/kernel/random/boot_id';
/**
 * Writes the boot id down under the change's key, durable; asks for the reboot only while that boot lasts, and a second
 * later, so that the answer gets out before the connection goes: a lost one would have to be waited for.
 */
const script = [
  'mkdir -p "$1" || exit',
  '[ -e "$2" ] || { cat "$3" > "$2.new" && mv "$2.new" "$2" && sync "$2"; } || exit',
  '[ "$(cat "$2")" != "$(cat "$3")" ] || setsid -f sh -c "sleep 1; exec shutdown -r now" </dev/null >/dev/null 2>&1',
].join('\n');

/**
 * Reboots a host, once for its key: the boot id from before stands in a file named by the key, so that the world alone
 * tells whether it was rebooted since. Source: procedure, warm-up and reboot-test.
 */
export const rebootHost: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'reboot-host',
  version: 1,
  repeat: 'token',
  limit: 'power',
  unseen: true,

  say: ({ host }) => `reboot ${hostName(host)}`,

  async look({ shell }, { host }, { run, key }) {
    try {
      const asked = await shell.file(host, markPath(run, key));
      const now = await shell.file(host, bootIdPath);
      return asked === undefined || asked.trim() === now?.trim() ? { is: 'before' } : { is: 'after', output: {} };
    } catch (error) {
      if (!(error instanceof Unknown)) throw error;
      return { is: 'under-way', saw: `${hostName(host)} doesn't answer: ${error.message}` };
    }
  },

  async make(ports, { host }, send) {
    const argv = ['sh', '-c', script, 'reboot', markFolder(send.run), markPath(send.run, send.key), bootIdPath];
    await runOrRefuse(ports, { host, argv, what: 'reboot' }, send);
  },

  inverse: () => ({ rule: 'a reboot leaves nothing to undo' }),

  byHand: ({ host }) => onHost(host, 'shutdown -r now'),
});

function markFolder(run: string): string {
  return `/var/lib/ferry/reboots/${run}`;
}

function markPath(run: string, key: string): string {
  return `${markFolder(run)}/${key}`;
}
