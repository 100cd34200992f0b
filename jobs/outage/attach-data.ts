import { attachVolume } from '#changes/attach-volume.ts';
import { defineStep } from '#engine/define-step.ts';
import { scene } from '../scene.ts';

/** Each volume under its own device name, all at once; seen on the host by NVMe serial. */
export const attachData = defineStep({
  id: 'attach-data',
  title: 'Attach the data volumes to the new instance',
  danger: 'disruptive',
  gate: 'storage',
  needs: ['launch-instance'],
  order: 'together',
  limit: 'volume',
  plan: context => {
    const { facts, new: launched } = scene(context);
    return facts.volumes.map(({ id, device }) => attachVolume({ volume: id, instance: launched.instance, device }));
  },
  async verify({ shell }, context) {
    const { facts, new: launched } = scene(context);
    const listed = await shell.read({ instance: launched.instance }, ['lsblk', '-d', '-n', '-o', 'NAME,SERIAL']);
    const absent = facts.volumes.filter(({ id }) => !listed.stdout.includes(id.replace('-', '')));
    if (absent.length === 0) return { ok: true };
    return {
      ok: false,
      wait: true,
      why: `${launched.instance} doesn't see ${absent.map(one => one.id).join(', ')} yet`,
    };
  },
});
