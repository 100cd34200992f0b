import { deleteVolume } from '#changes/delete-volume.ts';
import { detachVolume } from '#changes/detach-volume.ts';
import { blockDevicesOf } from '#changes/shared/host-reads.ts';
import { defineStep } from '#engine/define-step.ts';
import { onInstance } from '../role-units.ts';
import { scene } from '../scene.ts';
import { trialDevice, trialVolume } from '../trial.ts';

/** The copy goes: a second file system with the label of the real one must not be there when that one arrives. */
export const removeTrialVolume = defineStep({
  id: 'remove-trial-volume',
  title: 'Remove the copy',
  danger: 'safe',
  needs: ['launch-instance', 'create-trial-volume'],
  limit: 'volume',
  plan: context => {
    const here = scene(context);
    const volume = trialVolume(here);
    if (volume === undefined) return [];
    return [detachVolume({ volume, instance: here.new.instance, device: trialDevice }), deleteVolume({ volume })];
  },
  async verify({ shell }, context) {
    const { target, new: launched } = scene(context);
    const there = await blockDevicesOf(shell, onInstance(launched.instance));
    const left = there.find(device =>
      target.mounts.some(({ label, uuid }) => device.label === (label ?? '') || device.uuid === (uuid ?? '')),
    );
    if (left === undefined) return { ok: true };
    const named = left.label ?? left.uuid;
    return { ok: false, wait: true, why: `${launched.instance} still has a file system ${named}, on ${left.path}` };
  },
  undo: { rule: 'nothing: the copy is gone', plan: () => [] },
});
