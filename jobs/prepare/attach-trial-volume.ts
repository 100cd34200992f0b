import { attachVolume } from '#changes/attach-volume.ts';
import { detachVolume } from '#changes/detach-volume.ts';
import { Halt } from '#core/errors.ts';
import { defineStep } from '#engine/define-step.ts';
import { scene } from '../scene.ts';
import { trialDevice, trialVolume } from '../trial.ts';

/** The new instance gets the copy; the real volume isn't touched. */
export const attachTrialVolume = defineStep({
  id: 'attach-trial-volume',
  title: 'Attach the copy to the new instance',
  danger: 'safe',
  needs: ['launch-instance', 'create-trial-volume'],
  plan: context => {
    const here = scene(context);
    const volume = trialVolume(here);
    if (volume === undefined) throw new Halt('missing', `${here.target.name}: the copy isn't known yet`);
    return [attachVolume({ volume, instance: here.new.instance, device: trialDevice })];
  },
  undo: {
    rule: 'the copy is detached, where it is still there',
    plan: context => {
      const here = scene(context);
      const volume = trialVolume(here);
      return volume === undefined ? [] : [detachVolume({ volume, instance: here.new.instance, device: trialDevice })];
    },
  },
});
