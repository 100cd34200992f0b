import { assignIpv6 } from '#changes/assign-ipv6.ts';
import { associateAddress } from '#changes/associate-address.ts';
import { seeIpv6 } from '#changes/see-ipv6.ts';
import { endedSince, hasEnded } from '#changes/shared/ended-instance.ts';
import { unassignIpv6 } from '#changes/unassign-ipv6.ts';
import { defineStep } from '#engine/define-step.ts';
import { scene } from '../scene.ts';
import { noProcess } from '../verify/no-process.ts';
import { presentsPinnedKeys } from '../verify/presents-pinned-keys.ts';

/**
 * The document, "Flip the elastic IPs". No command of the run is in flight on either host, and no session with them outlives
 * the move: it would go on to the old host. IPv4 in one call; IPv6 has no atomic move: both ends are described, unassigned,
 * assigned. Verified: both hosts answer with their pinned keys and their instance ids (each connection and each command
 * checks them; addresses are described anew), batcave01 sees the pinned keys under the real name, and the host itself sees
 * its IPv6 address: one that doesn't within a minute gets its connection brought up once, then a person is called. A
 * connection from outside over IPv6 proves that the address leads there.
 */
export const moveAddress = defineStep({
  id: 'move-address',
  title: 'Move the public addresses to the new instance',
  danger: 'disruptive',
  gate: 'address',
  needs: ['launch-instance', 'pin-host-keys'],
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
            seeIpv6({ host: { instance: launched.instance }, address: facts.ipv6 }),
          ]),
    ];
  },
  ready: async ({ shell }, context) => {
    const { old, new: launched } = scene(context);
    for (const host of [old.instance, launched.instance]) {
      // Each detached command of a run has its folder, and so the run's uid, in its command line.
      const none = await noProcess(shell, { instance: host }, `/${context.run.uid}/`);
      if (!none.ok) return { ...none, why: `${host}: ${none.why}` };
    }
    return { ok: true };
  },
  reroutes: context => {
    const { old, new: launched } = scene(context);
    return [{ instance: old.instance }, { instance: launched.instance }];
  },
  async verify({ shell, compute }, context) {
    const { facts, old, new: launched } = scene(context);
    const instance = await compute.instance(launched.instance);
    if (instance !== undefined && hasEnded(instance)) return { ok: false, why: endedSince(instance) };
    if (instance?.publicIp !== facts.address.publicIp) {
      return { ok: false, wait: true, why: `${launched.instance} isn't described with ${facts.address.publicIp} yet` };
    }
    for (const host of [old.instance, launched.instance]) {
      const { code } = await shell.read({ instance: host }, ['true']);
      if (code !== 0) return { ok: false, wait: true, why: `${host} doesn't answer yet` };
    }
    const named = await presentsPinnedKeys({ shell }, context, '-4');
    if (!named.ok || facts.ipv6 === null) return named;
    const seen = await shell.read({ instance: launched.instance }, ['ip', '-6', 'addr']);
    if (!seen.stdout.includes(facts.ipv6)) {
      return { ok: false, wait: true, why: `${launched.instance} doesn't see ${facts.ipv6} on its interface yet` };
    }
    return presentsPinnedKeys({ shell }, context, '-6');
  },
});
