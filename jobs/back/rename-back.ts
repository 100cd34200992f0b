import { setTags } from '#changes/set-tags.ts';
import { defineStep } from '#engine/define-step.ts';
import { scene } from '../scene.ts';
import { returnSettings } from './check-return.ts';

/** The names become what they were before the upgrade: the new one gets -new again, the old one loses -old. */
export const renameBack = defineStep({
  id: 'rename-back',
  title: 'Rename the instances as they were',
  danger: 'safe',
  plan: context => {
    const { target, facts, new: kept } = scene(context);
    const { undo } = returnSettings(context);
    if (undo['rename-instances'] !== undefined) return undo['rename-instances'];
    const name = target.nameTag;
    return [
      setTags({ resource: facts.old.rootVolume, tags: { Name: `${name}-new` } }),
      setTags({ resource: facts.old.instance, tags: { Name: `${name}-new` } }),
      setTags({ resource: kept.rootVolume, tags: { Name: name } }),
      setTags({ resource: kept.instance, tags: { Name: name, CoprFedoraNextWorkflow: null } }),
    ];
  },
});
