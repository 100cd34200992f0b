import { createSnapshot } from '#changes/create-snapshot.ts';
import { defineStep } from '#engine/define-step.ts';
import { scene } from '../scene.ts';
import { snapshotTags } from '../tags.ts';
import { snapshotsCompleted } from '../verify/snapshots-completed.ts';

/** Hot snapshots, so that the clean ones in the outage hold only the difference. */
export const snapshotAhead = defineStep({
  id: 'snapshot-ahead',
  title: 'Snapshot the data volumes ahead',
  danger: 'safe',
  safeguard: true,
  undoneBeside: true,
  order: 'together',
  limit: 'snapshot',
  plan: context => {
    const here = scene(context);
    return here.facts.volumes.map(({ id }, index) =>
      createSnapshot({
        volume: id,
        description: `${here.target.name}, ahead of ${context.run.id}`,
        tags: snapshotTags(here, id, index, 'hot-and-not-clean'),
      }),
    );
  },
  verify: snapshotsCompleted('snapshot-ahead'),
});
