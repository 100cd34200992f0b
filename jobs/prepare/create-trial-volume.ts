import { createVolume } from '#changes/create-volume.ts';
import { deleteVolume } from '#changes/delete-volume.ts';
import { Halt } from '#core/errors.ts';
import { defineStep } from '#engine/define-step.ts';
import { scene } from '../scene.ts';
import { trialVolume } from '../trial.ts';

/** A copy of the database's volume, from the fresh snapshot. Tagged as temporary: only such volumes may ever be deleted. */
export const createTrialVolume = defineStep({
  id: 'create-trial-volume',
  title: "Make a copy of the database's volume to try the upgrade on",
  danger: 'safe',
  needs: ['snapshot-ahead'],
  plan: context => {
    const here = scene(context);
    const { settings, target, facts } = here;
    const [volume, more] = facts.volumes;
    const [made] = here.outputs('snapshot-ahead').changes as readonly { readonly snapshot?: string }[];
    if (volume === undefined || made?.snapshot === undefined)
      throw new Halt('missing', `${target.name}: no snapshot is there to try the upgrade on`);
    if (more !== undefined) throw new Halt('not-tried', `${target.name} has several data volumes: !skip what tries it`);
    const tags = { ...settings.environment.tags, CoprPurpose: 'temporary', Name: `${target.nameTag}-trial` };
    return [createVolume({ zone: settings.aws.zone, sizeGiB: volume.sizeGiB, snapshot: made.snapshot, tags })];
  },
  undo: {
    rule: 'the copy is deleted, where it is still there',
    plan: context => {
      const volume = trialVolume(scene(context));
      return volume === undefined ? [] : [deleteVolume({ volume })];
    },
  },
});
