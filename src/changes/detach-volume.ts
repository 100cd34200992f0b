import { sameDevice } from '#core/device-name.ts';
import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import { attachVolume } from './attach-volume.ts';
import { commandLine } from './shared/command-line.ts';
import { other } from './shared/looks.ts';
import { noSuch } from './shared/no-such.ts';
import type { Nothing } from './shared/nothing.ts';
import { volumeUsers } from './shared/volume-users.ts';

type Args = { readonly volume: string; readonly instance: string; readonly device: string };

/**
 * Detaches a volume from the instance that is named, never from whichever holds it, and never with Force. A volume that
 * its host still uses stays `detaching` or `busy`; then it says by what. Source: procedure, detach-data; facts, "What goes wrong".
 */
export const detachVolume: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'detach-volume',
  version: 1,
  repeat: 'converges',
  limit: 'volume',
  mayBeBehind: true,

  say: ({ volume, instance, device }) => `detach ${volume}, ${device}, from ${instance}`,

  async look(ports, args) {
    const { compute } = ports;
    const volume = await compute.volume(args.volume);
    if (volume === undefined) return noSuch(args.volume);
    const attachment = volume.attachments.find(one => one.state !== 'detached');
    if (attachment === undefined) {
      if (volume.state === 'available') return { is: 'after', output: {} };
      return { is: 'under-way', saw: `${args.volume} is attached nowhere and still ${volume.state}` };
    }
    if (attachment.instance !== args.instance || !sameDevice(attachment.device, args.device)) {
      return other(
        'attached-elsewhere',
        `${args.volume} is ${attachment.state} at ${attachment.instance} as ${attachment.device}, not at ${args.instance} as ${args.device}`,
      );
    }
    switch (attachment.state) {
      case 'attached':
        return { is: 'before' };
      case 'attaching':
        return { is: 'not-yet', why: `${args.volume} is still attaching to ${args.instance}` };
      default: {
        const users = await volumeUsers(ports, { instance: args.instance }, args.volume);
        const by = users ?? 'what uses it there does not show';
        return {
          is: 'under-way',
          saw: `${args.volume} is ${attachment.state} from ${args.instance}: ${by}. It leaves when that ends, or when the host is shut down`,
        };
      }
    }
  },

  async make({ compute }, args, send) {
    await compute.detachVolume(args, send);
  },

  inverse: args => ({ change: attachVolume(args) }),

  byHand: ({ volume, instance, device }) =>
    commandLine([
      ...['aws', 'ec2', 'detach-volume', '--volume-id', volume, '--instance-id', instance, '--device', device],
    ]),
});
