import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import { commandLine } from './shared/command-line.ts';
import { other } from './shared/looks.ts';
import { noSuch } from './shared/no-such.ts';
import type { Nothing } from './shared/nothing.ts';

type Args = {
  readonly instance: string;
  /** Whether termination protection is taken off first: for an instance that this run launched itself. */
  readonly unprotect: boolean;
};

/**
 * Terminates an instance that nothing hangs on: any volume but the root, or an Elastic IP, is for a person to look at.
 * "Not described" is not "terminated". Source: procedure, terminate-old.
 */
export const terminateInstance: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'terminate-instance',
  version: 1,
  repeat: 'converges',
  limit: 'power',
  mayBeBehind: true,

  say: ({ instance, unprotect }) =>
    `terminate ${instance}${unprotect ? ', after its termination protection is taken off' : ''}: for good, with its root volume`,

  async look({ compute }, args) {
    const instance = await compute.instance(args.instance);
    if (instance === undefined) return noSuch(args.instance);
    if (instance.state === 'terminated') return { is: 'after', output: {} };
    if (instance.state === 'shutting-down') return { is: 'under-way', saw: `${args.instance} is shutting down` };
    const volumes = instance.devices.filter(device => device.name !== instance.rootDevice);
    if (volumes.length > 0) {
      return other(
        'volume-attached',
        `${args.instance} still has ${volumes.map(one => `${one.volume} as ${one.name}`).join(', ')}: detach first what is to live`,
      );
    }
    const addresses = await compute.addresses({ instance: args.instance });
    if (addresses.length > 0) {
      return other(
        'address-associated',
        `${args.instance} still has the Elastic IP ${addresses.map(one => one.publicIp).join(', ')}: move it first`,
      );
    }
    if (!args.unprotect && (await compute.terminationProtected(args.instance))) {
      return other('protected', `${args.instance} is protected against termination: take the protection off first`);
    }
    return { is: 'before' };
  },

  async make({ compute }, args, send) {
    if (args.unprotect && (await compute.terminationProtected(args.instance))) {
      await compute.setTerminationProtection(args.instance, false, send);
    }
    await compute.terminateInstance(args.instance, send);
  },

  inverse: ({ instance }) => ({ impossible: `${instance} is gone for good` }),

  byHand: ({ instance, unprotect }) =>
    [
      ...(unprotect
        ? [
            commandLine([
              ...['aws', 'ec2', 'modify-instance-attribute', '--instance-id', instance, '--no-disable-api-termination'],
            ]),
          ]
        : []),
      commandLine(['aws', 'ec2', 'terminate-instances', '--instance-ids', instance]),
    ].join(' && '),
});
