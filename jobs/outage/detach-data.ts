import { detachVolume } from '#changes/detach-volume.ts';
import { defineStep } from '#engine/define-step.ts';
import { scene } from '../scene.ts';

/** The document, "Re-Attach the data volume": each volume from the instance that is named, all at once. */
export const detachData = defineStep({
  id: 'detach-data',
  title: 'Detach the data volumes from the old instance',
  danger: 'disruptive',
  gate: 'storage',
  order: 'together',
  plan: context => {
    const { facts, old } = scene(context);
    return facts.volumes.map(({ id, device }) => detachVolume({ volume: id, instance: old.instance, device }));
  },
});
