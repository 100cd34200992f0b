import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import { disassociateAddress } from './disassociate-address.ts';
import { commandLine } from './shared/command-line.ts';
import { other } from './shared/looks.ts';
import { noSuch } from './shared/no-such.ts';
import type { Nothing } from './shared/nothing.ts';

type Args = {
  readonly allocation: string;
  readonly publicIp: string;
  readonly networkInterface: string;
  /** The network interface that has it until then; null: none. */
  readonly from: string | null;
};

/**
 * Moves an Elastic IP in one call, so that no crash leaves it nowhere. AWS releases the automatic address of the
 * interface that gets it. Source: procedure, move-address and associate-temporary-address; facts, "What goes wrong".
 */
export const associateAddress: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'associate-address',
  version: 1,
  repeat: 'converges',
  limit: 'network',
  mayBeBehind: true,

  say: ({ allocation, publicIp, networkInterface, from }) =>
    `${publicIp} (${allocation}) ${from === null ? '' : `from ${from} `}to ${networkInterface}`,

  async look({ compute }, args) {
    const address = await compute.address(args.allocation);
    if (address === undefined) return noSuch(args.allocation);
    if (address.publicIp !== args.publicIp) {
      return other('wrong-address', `${args.allocation} is ${address.publicIp}, not ${args.publicIp}`);
    }
    const at = address.networkInterface ?? null;
    if (at === args.networkInterface) return { is: 'after', output: {} };
    if (at === args.from) return { is: 'before' };
    return other(
      'associated-elsewhere',
      `${args.publicIp} is ${at === null ? 'associated with nothing' : `at ${at} (${address.instance ?? 'no instance'})`}, not ${args.from === null ? 'free' : `at ${args.from}`}`,
    );
  },

  async make({ compute }, { allocation, networkInterface }, send) {
    await compute.associateAddress({ allocation, networkInterface }, send);
  },

  inverse: ({ allocation, publicIp, networkInterface, from }) => ({
    change:
      from === null
        ? disassociateAddress({ allocation, publicIp, networkInterface })
        : associateAddress({ allocation, publicIp, networkInterface: from, from: networkInterface }),
  }),

  byHand: ({ allocation, networkInterface }) =>
    commandLine([
      ...['aws', 'ec2', 'associate-address', '--allocation-id', allocation],
      ...['--network-interface-id', networkInterface, '--allow-reassociation'],
    ]),
});
