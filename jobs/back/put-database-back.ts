import { restoreOldDatabase } from '#changes/restore-old-database.ts';
import { defineStep } from '#engine/define-step.ts';
import { clusterFolder } from '../postgresql.ts';
import { onInstance } from '../role-units.ts';
import { scene } from '../scene.ts';
import { snapshotsCompleted } from '../verify/snapshots-completed.ts';
import { returnSettings } from './check-return.ts';

/**
 * Where the database was upgraded by copy, its old cluster comes back in the place of the new one, which is kept beside it:
 * what was written since the upgrade is lost to it. The clean snapshots of this outage are completed first.
 */
export const putDatabaseBack = defineStep({
  id: 'put-database-back',
  title: 'Put the old cluster of the database back',
  danger: 'irreversible',
  gate: 'database',
  limit: 'snapshot',
  plan: context => {
    const { oldCluster } = returnSettings(context);
    if (oldCluster === null) return [];
    const host = onInstance(scene(context).new.instance);
    return [restoreOldDatabase({ host, data: clusterFolder, major: oldCluster })];
  },
  ready: snapshotsCompleted('snapshot-data'),
});
