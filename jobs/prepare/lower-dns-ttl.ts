import { defineStep } from '#engine/define-step.ts';
import { lowTtlOf, recordChanges, recordOf } from '../dns-changes.ts';
import { scene } from '../scene.ts';

/**
 * Only where the IPv6 address doesn't move: resolvers may keep the AAAA record for a minute only, so that users find the
 * new address soon after it changes. Safe, and a step of its own: the record still names the same address, and what
 * resolvers have by now they may keep as long as it said before, which is why it is done with the first preparations, a
 * day ahead of a dated outage.
 */
export const lowerDnsTtl = defineStep({
  id: 'lower-dns-ttl',
  title: 'Shorten the TTL of the AAAA record',
  danger: 'safe',
  plan: context => {
    const here = scene(context);
    const { address, ttl } = recordOf(here);
    const low = lowTtlOf(here);
    if (low === undefined) return [];
    const edit = { op: 'set-ttl', from: ttl, to: String(low) } as const;
    return recordChanges(here, edit, { address, seconds: low }, 'its AAAA record changes soon');
  },
  verify: async (_ports, context) => {
    const here = scene(context);
    const minutes = Math.ceil(recordOf(here).seconds / 60);
    return lowTtlOf(here) === undefined
      ? { ok: true }
      : { ok: true, note: `resolvers may keep what they have for ${minutes} min` };
  },
  undo: {
    rule: 'the AAAA record gets its TTL back, and every name server answers with it',
    plan: context => {
      const here = scene(context);
      const { address, ttl, seconds } = recordOf(here);
      const edit = { op: 'set-ttl', from: String(lowTtlOf(here)), to: ttl } as const;
      return recordChanges(here, edit, { address, seconds }, 'its AAAA record stays');
    },
  },
});
