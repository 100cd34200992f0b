import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import { commandLine } from './shared/command-line.ts';
import { endedLook } from './shared/ended-instance.ts';
import { noSuch } from './shared/no-such.ts';
import type { Nothing } from './shared/nothing.ts';
import { stopInstance } from './stop-instance.ts';

type Args = { readonly instance: string };

/** Starts a stopped instance. Its automatic public address is another one afterwards. Source: procedure, power-off-old (undo). */
export const startInstance: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'start-instance',
  version: 1,
  repeat: 'converges',
  limit: 'power',
  mayBeBehind: true,

  say: ({ instance }) => `start ${instance}`,

  async look({ compute }, args) {
    const instance = await compute.instance(args.instance);
    if (instance === undefined) return noSuch(args.instance);
    switch (instance.state) {
      case 'running':
        return { is: 'after', output: {} };
      case 'pending':
        return { is: 'under-way', saw: `${args.instance} is pending` };
      case 'stopped':
        return { is: 'before' };
      case 'stopping':
        return { is: 'not-yet', why: `${args.instance} is stopping` };
      default:
        return endedLook(instance);
    }
  },

  async make({ compute }, { instance }, send) {
    await compute.startInstance(instance, send);
  },

  inverse: ({ instance }) => ({ change: stopInstance({ instance }) }),

  byHand: ({ instance }) => commandLine(['aws', 'ec2', 'start-instances', '--instance-ids', instance]),
});
