import { rebootHost } from '#changes/reboot-host.ts';
import { updateSystem } from '#changes/update-system.ts';
import { defineStep } from '#engine/define-step.ts';
import { onInstance } from '../role-units.ts';
import { scene } from '../scene.ts';

/** The first playbook would update everything in the outage: done ahead, with the marker by which it knows. */
export const warmUp = defineStep({
  id: 'warm-up',
  title: 'Update and reboot the new instance',
  danger: 'safe',
  needs: ['launch-instance'],
  limit: 'power',
  plan: context => {
    const host = onInstance(scene(context).new.instance);
    return [updateSystem({ host, marker: '/etc/ansible-first-update' }), rebootHost({ host })];
  },
  async verify({ shell }, context) {
    const host = onInstance(scene(context).new.instance);
    const { code } = await shell.read(host, ['true']);
    return code === 0 ? { ok: true } : { ok: false, wait: true, why: `${host.instance} doesn't answer yet` };
  },
});
