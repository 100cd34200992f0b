import { associateAddress } from '#changes/associate-address.ts';
import { defineStep } from '#engine/define-step.ts';
import { onInstance } from '../role-units.ts';
import { scene } from '../scene.ts';

/** The temporary Elastic IP, to which the temporary name resolves; the new host answers there. */
export const associateTemporaryAddress = defineStep({
  id: 'associate-temporary-address',
  title: 'Give the new instance the temporary address',
  danger: 'safe',
  needs: ['launch-instance'],
  limit: 'network',
  plan: context => {
    const { facts, new: launched } = scene(context);
    if (facts.temporaryAddress === null) return [];
    const { allocation, publicIp, networkInterface: from } = facts.temporaryAddress;
    return [associateAddress({ allocation, publicIp, networkInterface: launched.networkInterface, from })];
  },
  async verify({ dns, shell }, context) {
    const { target, facts, new: launched } = scene(context);
    if (target.temporary === null || facts.temporaryAddress === null) return { ok: true };
    const { host } = target.temporary;
    for (const { server, addresses } of await dns.resolve(host, 'A')) {
      if (!addresses.includes(facts.temporaryAddress.publicIp)) {
        return {
          ok: false,
          wait: true,
          why: `${server} answers ${addresses.join(', ') || 'nothing'} for ${host}, not ${facts.temporaryAddress.publicIp}`,
        };
      }
    }
    const { code } = await shell.read(onInstance(launched.instance), ['true']);
    return code === 0 ? { ok: true } : { ok: false, wait: true, why: `${launched.instance} doesn't answer yet` };
  },
});
