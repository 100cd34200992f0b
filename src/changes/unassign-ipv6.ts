import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import { assignIpv6 } from './assign-ipv6.ts';
import { commandLine } from './shared/command-line.ts';
import { other } from './shared/looks.ts';
import { noSuch } from './shared/no-such.ts';
import type { Nothing } from './shared/nothing.ts';

type Args = { readonly address: string; readonly instance: string; readonly networkInterface: string };

/** Takes an IPv6 address from a network interface. AWS has no move: `assign-ipv6` follows. Source: procedure, move-address. */
export const unassignIpv6: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'unassign-ipv6',
  version: 1,
  repeat: 'converges',
  limit: 'network',
  mayBeBehind: true,

  say: ({ address, instance, networkInterface }) => `take ${address} from ${networkInterface} of ${instance}`,

  async look({ compute }, args) {
    const instance = await compute.instance(args.instance);
    if (instance === undefined) return noSuch(args.instance);
    if (instance.state === 'terminated') return { is: 'after', output: {}, saw: `${args.instance} is terminated` };
    if (instance.networkInterface !== args.networkInterface) {
      return other(
        'wrong-interface',
        `the network interface of ${args.instance} is ${instance.networkInterface}, not ${args.networkInterface}`,
      );
    }
    return instance.ipv6.includes(args.address) ? { is: 'before' } : { is: 'after', output: {} };
  },

  async make({ compute }, { address, networkInterface }, send) {
    await compute.unassignIpv6({ address, networkInterface }, send);
  },

  inverse: ({ address, instance, networkInterface }) => ({
    change: assignIpv6({ address, instance, networkInterface }),
  }),

  byHand: ({ address, networkInterface }) =>
    commandLine([
      ...['aws', 'ec2', 'unassign-ipv6-addresses', '--network-interface-id', networkInterface],
      ...['--ipv6-addresses', address],
    ]),
});
