import { detachVolume } from '#changes/detach-volume.ts';
import { defineStep } from '#engine/define-step.ts';
import { scene } from '../scene.ts';

/**
 * The document, "Re-Attach the data volume": each volume from the instance that is named, all at once; when all are gone
 * each is described once more before anything is attached elsewhere.
 */
export const detachData = defineStep({
  id: 'detach-data',
  title: 'Detach the data volumes from the old instance',
  danger: 'disruptive',
  gate: 'storage',
  order: 'together',
  limit: 'volume',
  plan: context => {
    const { facts, old } = scene(context);
    return facts.volumes.map(({ id, device }) => detachVolume({ volume: id, instance: old.instance, device }));
  },
  async verify({ compute }, context) {
    for (const { id } of scene(context).facts.volumes) {
      const volume = await compute.volume(id);
      if (volume?.state === 'available' && volume.attachments.every(one => one.state === 'detached')) continue;
      return { ok: false, wait: true, why: `${id} is ${volume?.state ?? 'not described'}, not available` };
    }
    return { ok: true };
  },
});
