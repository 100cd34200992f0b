import { Refused } from '#core/errors.ts';
import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import { associateAddress } from './associate-address.ts';
import { other } from './shared/looks.ts';
import { noSuch } from './shared/no-such.ts';
import type { Nothing } from './shared/nothing.ts';

type Args = { readonly allocation: string; readonly publicIp: string; readonly networkInterface: string };

/** Frees an Elastic IP from the interface that is named: for the temporary one only. Source: procedure, release-temporary. */
export const disassociateAddress: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'disassociate-address',
  version: 1,
  repeat: 'converges',
  limit: 'network',
  mayBeBehind: true,

  say: ({ allocation, publicIp, networkInterface }) => `free ${publicIp} (${allocation}) from ${networkInterface}`,

  async look({ compute }, args) {
    const address = await compute.address(args.allocation);
    if (address === undefined) return noSuch(args.allocation);
    if (address.publicIp !== args.publicIp) {
      return other('wrong-address', `${args.allocation} is ${address.publicIp}, not ${args.publicIp}`);
    }
    if (address.association === undefined) return { is: 'after', output: {} };
    if (address.networkInterface === args.networkInterface) return { is: 'before' };
    return other(
      'associated-elsewhere',
      `${args.publicIp} is at ${address.networkInterface ?? 'an unknown interface'}, not at ${args.networkInterface}`,
    );
  },

  async make({ compute }, { allocation, networkInterface }, send) {
    const address = await compute.address(allocation);
    if (address?.association === undefined || address.networkInterface !== networkInterface) {
      throw new Refused('address-moved', `${allocation} is no longer at ${networkInterface}`, { retry: true });
    }
    await compute.disassociateAddress(address.association, send);
  },

  inverse: ({ allocation, publicIp, networkInterface }) => ({
    change: associateAddress({ allocation, publicIp, networkInterface, from: null }),
  }),

  byHand: ({ publicIp }) =>
    `aws ec2 disassociate-address --association-id "$(aws ec2 describe-addresses --public-ips ${publicIp} --query 'Addresses[0].AssociationId' --output text)"`,
});
