import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import { commandLine } from './shared/command-line.ts';
import { endedLook, hasEnded } from './shared/ended-instance.ts';
import { other } from './shared/looks.ts';
import { noSuch } from './shared/no-such.ts';
import type { Nothing } from './shared/nothing.ts';
import { unassignIpv6 } from './unassign-ipv6.ts';

type Args = { readonly address: string; readonly instance: string; readonly networkInterface: string };

/** Gives an IPv6 address that is free to a network interface of the same subnet. Source: procedure, move-address. */
export const assignIpv6: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'assign-ipv6',
  version: 1,
  repeat: 'converges',
  limit: 'network',
  mayBeBehind: true,

  say: ({ address, instance, networkInterface }) => `give ${address} to ${networkInterface} of ${instance}`,

  async look({ compute }, args) {
    const instance = await compute.instance(args.instance);
    if (instance === undefined) return noSuch(args.instance);
    if (hasEnded(instance)) return endedLook(instance);
    if (instance.networkInterface !== args.networkInterface) {
      return other(
        'wrong-interface',
        `the network interface of ${args.instance} is ${instance.networkInterface}, not ${args.networkInterface}`,
      );
    }
    return instance.ipv6.includes(args.address) ? { is: 'after', output: {} } : { is: 'before' };
  },

  async make({ compute }, { address, networkInterface }, send) {
    await compute.assignIpv6({ address, networkInterface }, send);
  },

  inverse: ({ address, instance, networkInterface }) => ({
    change: unassignIpv6({ address, instance, networkInterface }),
  }),

  byHand: ({ address, networkInterface }) =>
    commandLine([
      ...['aws', 'ec2', 'assign-ipv6-addresses', '--network-interface-id', networkInterface],
      ...['--ipv6-addresses', address],
    ]),
});
