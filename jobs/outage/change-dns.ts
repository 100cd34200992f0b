import { editInventory } from '#changes/edit-inventory.ts';
import { defineStep } from '#engine/define-step.ts';
import { recordChanges, recordOf } from '../dns-changes.ts';
import { checkoutOf, commitMessage, ipv6Key } from '../inventory-edits.ts';
import { newIpv6 } from '../new-ipv6.ts';
import { type Scene, scene } from '../scene.ts';
import { presentsPinnedKeys } from '../verify/presents-pinned-keys.ts';

/**
 * The document, "Fix IPv6 DNS records", beside move-address and only where the IPv6 address doesn't move: `aws_ipv6_addr`
 * of the group and the AAAA record become the new instance's address, and every name server answers with it. Verified: the
 * host itself sees the address, and what answers over IPv6 under the real name presents the pinned keys.
 */
export const changeDns = defineStep({
  id: 'change-dns',
  title: 'Change the AAAA record to the new instance',
  danger: 'disruptive',
  gate: 'address',
  needs: ['launch-instance', 'pin-host-keys'],
  limit: 'network',
  plan: context => {
    const here = scene(context);
    const to = newIpv6(here);
    return [variable(here, here.target.ipv6 ?? '', to), ...record(here, recordOf(here).address, to, here.new.instance)];
  },
  async verify({ shell }, context) {
    const here = scene(context);
    const { instance } = here.new;
    const seen = await shell.read({ instance }, ['ip', '-6', '-o', 'addr']);
    if (!seen.stdout.includes(` ${newIpv6(here)}/`))
      return { ok: false, wait: true, why: `${instance} doesn't see ${newIpv6(here)} on its interface yet` };
    return presentsPinnedKeys({ shell }, context, '-6');
  },
  undo: {
    rule: `the AAAA record gets the old address back, every name server answers with it, and ${ipv6Key} names it again`,
    plan: context => {
      const here = scene(context);
      const from = newIpv6(here);
      return [
        ...record(here, from, recordOf(here).address, `${here.old.instance} again`),
        variable(here, from, here.target.ipv6 ?? ''),
      ];
    },
  },
});

function record(here: Scene, from: string, to: string, named: string) {
  const edit = { op: 'set-address', from, to } as const;
  return recordChanges(here, edit, { address: to, seconds: null }, `the AAAA record names ${named}`);
}

function variable(here: Scene, from: string, to: string) {
  return editInventory({
    edits: [{ op: 'replace-address', file: here.target.groupVars, key: ipv6Key, from, to }],
    message: commitMessage(here, `its IPv6 address is ${to}`),
    checkout: checkoutOf(here),
  });
}
