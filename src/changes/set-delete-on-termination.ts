import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import { commandLine } from './shared/command-line.ts';
import { endedLook, hasEnded } from './shared/ended-instance.ts';
import { other } from './shared/looks.ts';
import { noSuch } from './shared/no-such.ts';
import type { Nothing } from './shared/nothing.ts';

type Args = { readonly instance: string; readonly device: string; readonly on: boolean };

/** Whether a volume goes when its instance is terminated. Source: procedure, launch-instance (read back and set where it was dropped). */
export const setDeleteOnTermination: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'set-delete-on-termination',
  version: 1,
  repeat: 'converges',
  limit: 'short',
  mayBeBehind: true,

  say: ({ instance, device, on }) =>
    `the volume at ${device} of ${instance} ${on ? 'goes' : 'stays'} when the instance is terminated`,

  async look({ compute }, { instance, device, on }) {
    const found = await compute.instance(instance);
    if (found === undefined) return noSuch(instance);
    if (hasEnded(found)) return endedLook(found);
    const volume = found.devices.find(one => one.name === device);
    if (volume === undefined) return other('no-such-device', `${instance} has no volume at ${device}`);
    return volume.deleteOnTermination === on ? { is: 'after', output: {} } : { is: 'before' };
  },

  async make({ compute }, { instance, device, on }, send) {
    await compute.setDeleteOnTermination(instance, device, on, send);
  },

  inverse: ({ instance, device, on }) => ({ change: setDeleteOnTermination({ instance, device, on: !on }) }),

  byHand: ({ instance, device, on }) =>
    commandLine([
      ...['aws', 'ec2', 'modify-instance-attribute', '--instance-id', instance, '--block-device-mappings'],
      `DeviceName=${device},Ebs={DeleteOnTermination=${on}}`,
    ]),
});
