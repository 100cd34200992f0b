import { createSnapshot } from '#changes/create-snapshot.ts';
import { defineStep } from '#engine/define-step.ts';
import { scene } from '../scene.ts';
import { snapshotTags } from '../tags.ts';

/** Clean snapshots: nothing is mounted. Not waited for here; a pending one holds the data as of the request. */
export const snapshotData = defineStep({
  id: 'snapshot-data',
  title: 'Snapshot the data volumes, clean',
  danger: 'safe',
  safeguard: true,
  undoneBeside: true,
  saves: 'database',
  order: 'together',
  plan: context => {
    const here = scene(context);
    return here.facts.volumes.map(({ id }, index) =>
      createSnapshot({
        volume: id,
        description: `${here.target.name}, clean, in ${context.run.id}`,
        tags: snapshotTags(here, id, index, 'clean'),
      }),
    );
  },
});
