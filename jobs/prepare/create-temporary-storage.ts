import { createVolume } from '#changes/create-volume.ts';
import { defineStep } from '#engine/define-step.ts';
import { scene } from '../scene.ts';

/** Made only where the estate names none. Tagged as temporary: only such volumes may ever be deleted. */
export const createTemporaryStorage = defineStep({
  id: 'create-temporary-storage',
  title: 'Make the temporary volume',
  danger: 'safe',
  plan: context => {
    const { settings, target } = scene(context);
    if (target.temporary === null || target.temporary.volume !== null) return [];
    const tags = { ...settings.environment.tags, CoprPurpose: 'temporary', Name: `${target.nameTag}-temp` };
    return [createVolume({ zone: settings.aws.zone, sizeGiB: target.temporary.sizeGiB, snapshot: null, tags })];
  },
});
