import { sameDevice } from '#core/device-name.ts';
import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import { detachVolume } from './detach-volume.ts';
import { commandLine } from './shared/command-line.ts';
import { endedLook, hasEnded } from './shared/ended-instance.ts';
import { other } from './shared/looks.ts';
import { noSuch } from './shared/no-such.ts';
import type { Nothing } from './shared/nothing.ts';

type Args = { readonly volume: string; readonly instance: string; readonly device: string };

/**
 * Attaches a volume to an instance under its own device name. Zone and device name are looked at first: with a name that
 * is taken, scripts have silently attached nothing. That the host sees it, by NVMe serial, is the step's to verify.
 * Source: procedure, attach-data; facts, "What goes wrong".
 */
export const attachVolume: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'attach-volume',
  version: 1,
  repeat: 'converges',
  limit: 'volume',
  mayBeBehind: true,

  say: ({ volume, instance, device }) => `attach ${volume} as ${device} to ${instance}`,

  async look({ compute }, args) {
    const volume = await compute.volume(args.volume);
    if (volume === undefined) return noSuch(args.volume);
    const attachment = volume.attachments.find(one => one.state !== 'detached');
    if (attachment !== undefined) {
      const saw = `${args.volume} is ${attachment.state} at ${attachment.instance} as ${attachment.device}`;
      const leaving = attachment.state === 'detaching' || attachment.state === 'busy';
      if (leaving) return { is: 'not-yet', why: saw };
      if (attachment.instance !== args.instance || !sameDevice(attachment.device, args.device)) {
        return other('attached-elsewhere', `${saw}, not at ${args.instance} as ${args.device}`);
      }
      if (attachment.state === 'attaching') return { is: 'under-way', saw };
      return { is: 'after', output: {} };
    }
    if (volume.state === 'creating') return { is: 'not-yet', why: `${args.volume} is being made` };
    if (volume.state === 'in-use') return { is: 'not-yet', why: `${args.volume} is in use and shows no attachment` };
    if (volume.state !== 'available') return other('volume-unusable', `${args.volume} is ${volume.state}`);
    const instance = await compute.instance(args.instance);
    if (instance === undefined) return noSuch(args.instance);
    if (hasEnded(instance)) return endedLook(instance);
    if (instance.state === 'pending') return { is: 'not-yet', why: `${args.instance} is pending` };
    if (instance.state !== 'running' && instance.state !== 'stopped') {
      return other('instance-not-running', `${args.instance} is ${instance.state}: nothing can be attached to it`);
    }
    if (instance.zone !== volume.zone) {
      return other('wrong-zone', `${args.volume} is in ${volume.zone}, ${args.instance} in ${instance.zone}`);
    }
    const taken = instance.devices.find(one => sameDevice(one.name, args.device));
    if (taken?.volume === args.volume) {
      return {
        is: 'under-way',
        saw: `${args.instance} shows ${args.volume} as ${args.device}, the volume doesn't yet`,
      };
    }
    if (taken !== undefined) {
      return other('device-taken', `${args.device} of ${args.instance} is taken by ${taken.volume}`);
    }
    return { is: 'before' };
  },

  async make({ compute }, args, send) {
    await compute.attachVolume(args, send);
  },

  inverse: args => ({ change: detachVolume(args) }),

  byHand: ({ volume, instance, device }) =>
    commandLine([
      ...['aws', 'ec2', 'attach-volume', '--volume-id', volume, '--instance-id', instance, '--device', device],
    ]),
});
