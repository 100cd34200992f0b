import { restoredVolumes } from '#changes/shared/restored-volume.ts';
import { defineStep } from '#engine/define-step.ts';
import { scene } from '../scene.ts';
import { carriesFileSystems } from '../verify/carries-file-systems.ts';
import { snapshotsCompleted } from '../verify/snapshots-completed.ts';
import { returnSettings } from './check-return.ts';
import { estateLine, restoreVolumes } from './restored-volume.ts';

/**
 * In place of attach-data where the old server can't read the database any more: the old instance gets volumes made from the clean
 * snapshots of the upgrade, and the upgraded ones are kept, tagged. What was written since is lost there, so DATABASE is asked
 * for, and the clean snapshots of this outage are completed first.
 */
export const restoreData = defineStep({
  id: 'restore-data',
  title: 'Give the old instance the data as it was, from the clean snapshots',
  danger: 'irreversible',
  gate: 'database',
  limit: 'snapshot',
  plan: context => {
    const here = scene(context);
    const { snapshots } = returnSettings(context);
    const restored = here.facts.volumes.flatMap(volume => {
      const found = snapshots.find(one => one.volume === volume.id);
      return found === undefined ? [] : [{ volume, snapshot: found.snapshot }];
    });
    return restoreVolumes(here, here.new.instance, restored);
  },
  ready: snapshotsCompleted('snapshot-data'),
  async verify({ compute, shell }, context) {
    const here = scene(context);
    const { instance } = here.new;
    const made: { id: string; line: string }[] = [];
    for (const { id: original, device } of here.facts.volumes) {
      const [volume, second] = await restoredVolumes(compute, { original, run: context.run.uid });
      const attached = volume?.attachments.some(one => one.instance === instance && one.state === 'attached');
      if (volume === undefined || second !== undefined || attached !== true)
        return { ok: false, wait: true, why: `not one volume in place of ${original} is attached to ${instance} yet` };
      made.push({ id: volume.id, line: estateLine(here.target.name, original, { id: volume.id, device }) });
    }
    const ids = made.map(one => one.id);
    const there = await carriesFileSystems(shell, { instance }, here, ids);
    if (!there.ok) return there;
    return { ok: true, note: `${ids.join(', ')} made. Change ${made.map(one => one.line).join('; ')}` };
  },
});
