import { defineStep } from '#engine/define-step.ts';
import { lowTtlOf, recordChanges, recordOf } from '../dns-changes.ts';
import { newIpv6 } from '../new-ipv6.ts';
import { scene } from '../scene.ts';

/**
 * What lower-dns-ttl shortened is as long again as it was: the AAAA record stays now. Says what a person is to change in the
 * estate before the next upgrade.
 */
export const restoreDnsTtl = defineStep({
  id: 'restore-dns-ttl',
  title: 'Give the AAAA record its TTL back',
  danger: 'safe',
  afterWindow: true,
  needs: ['launch-instance'],
  plan: context => {
    const here = scene(context);
    const { ttl, seconds } = recordOf(here);
    const low = lowTtlOf(here);
    if (low === undefined) return [];
    const edit = { op: 'set-ttl', from: String(low), to: ttl } as const;
    return recordChanges(here, edit, { address: newIpv6(here), seconds }, 'its AAAA record stays');
  },
  verify: async (_ports, context) => {
    const here = scene(context);
    const { name } = here.target;
    return { ok: true, note: `now change targets.${name}.ipv6 in the estate to ${newIpv6(here)}` };
  },
  undo: {
    rule: 'the TTL of the AAAA record is short again, and every name server answers so',
    plan: context => {
      const here = scene(context);
      const { ttl } = recordOf(here);
      const low = lowTtlOf(here) ?? null;
      const edit = { op: 'set-ttl', from: ttl, to: String(low) } as const;
      return recordChanges(here, edit, { address: newIpv6(here), seconds: low }, 'its AAAA record changes soon');
    },
  },
});
