import { makeFileSystem } from '#changes/make-file-system.ts';
import { defineStep } from '#engine/define-step.ts';
import { onInstance } from '../role-units.ts';
import { scene } from '../scene.ts';
import { temporaryLabel, temporaryOf } from '../temporary.ts';

/** An ext4 file system with the label that the playbook mounts by; made only on a volume that holds nothing. */
export const formatTemporaryStorage = defineStep({
  id: 'format-temporary-storage',
  title: 'Make a file system on the temporary volume',
  danger: 'safe',
  needs: ['launch-instance', 'create-temporary-storage'],
  plan: context => {
    const here = scene(context);
    const { volume } = temporaryOf(here);
    return [makeFileSystem({ host: onInstance(here.new.instance), volume, label: temporaryLabel })];
  },
});
