import { setTags } from '#changes/set-tags.ts';
import { defineStep } from '#engine/define-step.ts';
import { scene } from '../scene.ts';

/** The old one gets -old, then the new one loses -new; workflow tags and root volumes too; each read back. */
export const renameInstances = defineStep({
  id: 'rename-instances',
  title: 'Rename the instances',
  danger: 'safe',
  needs: ['launch-instance'],
  plan: context => {
    const { target, facts, new: launched } = scene(context);
    const name = target.nameTag;
    return [
      setTags({ resource: facts.old.instance, tags: { Name: `${name}-old`, CoprFedoraNextWorkflow: 'old' } }),
      setTags({ resource: facts.old.rootVolume, tags: { Name: `${name}-old` } }),
      setTags({ resource: launched.instance, tags: { Name: name } }),
      setTags({ resource: launched.rootVolume, tags: { Name: name } }),
    ];
  },
});
