import { assignIpv6 } from '#changes/assign-ipv6.ts';
import { associateAddress } from '#changes/associate-address.ts';
import { unassignIpv6 } from '#changes/unassign-ipv6.ts';
import { defineStep } from '#engine/define-step.ts';
import { scene } from '../scene.ts';

/**
 * The document, "Flip the elastic IPs". IPv4 in one call; IPv6 has no atomic move: both ends are described, unassigned,
 * assigned. Verified: both hosts answer again with their pinned keys and their instance ids.
 */
export const moveAddress = defineStep({
  id: 'move-address',
  title: 'Move the public addresses to the new instance',
  danger: 'disruptive',
  gate: 'address',
  needs: ['launch-instance'],
  limit: 'network',
  plan: context => {
    const { facts, new: launched } = scene(context);
    const { networkInterface } = launched;
    const from = facts.old.networkInterface;
    return [
      associateAddress({ ...facts.address, networkInterface, from }),
      ...(facts.ipv6 === null
        ? []
        : [
            unassignIpv6({ instance: facts.old.instance, networkInterface: from, address: facts.ipv6 }),
            assignIpv6({ instance: launched.instance, networkInterface, address: facts.ipv6 }),
          ]),
    ];
  },
  async verify({ shell, compute }, context) {
    const { facts, new: launched } = scene(context);
    const instance = await compute.instance(launched.instance);
    if (instance?.publicIp !== facts.address.publicIp) {
      return { ok: false, wait: true, why: `${launched.instance} isn't described with ${facts.address.publicIp} yet` };
    }
    if (facts.ipv6 === null) return { ok: true };
    const seen = await shell.read({ instance: launched.instance }, ['ip', '-6', 'addr']);
    if (!seen.stdout.includes(facts.ipv6)) {
      return { ok: false, wait: true, why: `${launched.instance} doesn't see ${facts.ipv6} on its interface yet` };
    }
    return { ok: true };
  },
});
