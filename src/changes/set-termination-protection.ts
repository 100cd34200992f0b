import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import { commandLine } from './shared/command-line.ts';
import { endedLook, hasEnded } from './shared/ended-instance.ts';
import { noSuch } from './shared/no-such.ts';
import type { Nothing } from './shared/nothing.ts';

type Args = { readonly instance: string; readonly on: boolean };

/** Sets an instance's protection against termination. Source: procedure, launch-instance (read back and set) and terminate-old. */
export const setTerminationProtection: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'set-termination-protection',
  version: 1,
  repeat: 'converges',
  limit: 'short',
  mayBeBehind: true,

  say: ({ instance, on }) => `${on ? 'protect' : 'unprotect'} ${instance} against termination`,

  async look({ compute }, { instance, on }) {
    const found = await compute.instance(instance);
    if (found === undefined) return noSuch(instance);
    if (hasEnded(found)) return endedLook(found);
    return (await compute.terminationProtected(instance)) === on ? { is: 'after', output: {} } : { is: 'before' };
  },

  async make({ compute }, { instance, on }, send) {
    await compute.setTerminationProtection(instance, on, send);
  },

  inverse: ({ instance, on }) => ({ change: setTerminationProtection({ instance, on: !on }) }),

  byHand: ({ instance, on }) =>
    commandLine([
      ...['aws', 'ec2', 'modify-instance-attribute', '--instance-id', instance],
      on ? '--disable-api-termination' : '--no-disable-api-termination',
    ]),
});
