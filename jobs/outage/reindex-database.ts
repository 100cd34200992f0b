import { reindexDatabase } from '#changes/reindex-database.ts';
import { setUnits } from '#changes/set-units.ts';
import { started } from '#changes/shared/unit-goal.ts';
import { defineStep } from '#engine/define-step.ts';
import { onInstance } from '../role-units.ts';
import { scene } from '../scene.ts';

/** The document: `reindexdb --all`; needed for every new glibc too, since it may sort text otherwise. */
export const reindexDatabaseStep = defineStep({
  id: 'reindex-database',
  title: 'Rebuild the indexes',
  danger: 'safe',
  needs: ['launch-instance'],
  plan: context => {
    const host = onInstance(scene(context).new.instance);
    return [setUnits({ host, units: started(['postgresql.service']) }), reindexDatabase({ host, jobs: 4 })];
  },
});
