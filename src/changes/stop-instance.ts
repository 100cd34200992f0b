import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import { commandLine } from './shared/command-line.ts';
import { endedLook } from './shared/ended-instance.ts';
import { noSuch } from './shared/no-such.ts';
import type { Nothing } from './shared/nothing.ts';
import { startInstance } from './start-instance.ts';

type Args = { readonly instance: string };

/** Stops an instance: a clean shutdown of its system, volumes and private address stay. Source: procedure, quiet-old. */
export const stopInstance: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'stop-instance',
  version: 1,
  repeat: 'converges',
  limit: 'power',
  mayBeBehind: true,

  say: ({ instance }) => `stop ${instance}`,

  async look({ compute }, args) {
    const instance = await compute.instance(args.instance);
    if (instance === undefined) return noSuch(args.instance);
    switch (instance.state) {
      case 'stopped':
        return { is: 'after', output: {} };
      case 'stopping':
        return { is: 'under-way', saw: `${args.instance} is stopping` };
      case 'running':
        return { is: 'before' };
      case 'pending':
        return { is: 'not-yet', why: `${args.instance} is pending` };
      default:
        return endedLook(instance);
    }
  },

  async make({ compute }, { instance }, send) {
    await compute.stopInstance(instance, send);
  },

  inverse: ({ instance }) => ({ change: startInstance({ instance }) }),

  byHand: ({ instance }) => commandLine(['aws', 'ec2', 'stop-instances', '--instance-ids', instance]),
});
