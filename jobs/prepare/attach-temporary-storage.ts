import { attachVolume } from '#changes/attach-volume.ts';
import { defineStep } from '#engine/define-step.ts';
import { scene } from '../scene.ts';
import { temporaryOf } from '../temporary.ts';

/** The document, "Pre-prepare the new Backend VM": a small volume labelled copr-repo, so that the playbook can mount it. */
export const attachTemporaryStorage = defineStep({
  id: 'attach-temporary-storage',
  title: 'Attach the temporary volume to the new instance',
  danger: 'safe',
  needs: ['launch-instance', 'create-temporary-storage'],
  plan: context => {
    const here = scene(context);
    const { volume, device } = temporaryOf(here);
    return [attachVolume({ volume, instance: here.new.instance, device })];
  },
});
