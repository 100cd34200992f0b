import { reindexDatabase } from '#changes/reindex-database.ts';
import { setUnits } from '#changes/set-units.ts';
import { started } from '#changes/shared/unit-goal.ts';
import { defineStep } from '#engine/define-step.ts';
import { mustRead } from '../read/host-facts.ts';
import { onInstance } from '../role-units.ts';
import { scene } from '../scene.ts';

/** The document: `reindexdb --all`; needed for every new glibc too, since it may sort text otherwise. No index is left invalid. */
export const reindexDatabaseStep = defineStep({
  id: 'reindex-database',
  title: 'Rebuild the indexes',
  danger: 'safe',
  needs: ['launch-instance'],
  plan: context => {
    const host = onInstance(scene(context).new.instance);
    return [setUnits({ host, units: started(['postgresql.service']) }), reindexDatabase({ host, jobs: 4 })];
  },
  async verify({ shell }, context) {
    const argv = ['psql', '-X', '-A', '-t', '-d', 'coprdb', '-c', 'SELECT count(*) FROM pg_index WHERE NOT indisvalid'];
    const count = (await mustRead(shell, onInstance(scene(context).new.instance), argv, 'postgres')).trim();
    return count === '0' ? { ok: true } : { ok: false, why: `${count} indexes of coprdb are invalid` };
  },
});
