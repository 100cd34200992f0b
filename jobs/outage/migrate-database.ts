import { migrateSchema } from '#changes/migrate-schema.ts';
import { playPlaybook } from '#changes/play-playbook.ts';
import { atHead, schemaOf } from '#changes/shared/schema-revision.ts';
import { defineStep } from '#engine/define-step.ts';
import { onBatcave } from '../on-batcave.ts';
import { playedByHand } from '../read/by-hand-lines.ts';
import { onInstance } from '../role-units.ts';
import { scene } from '../scene.ts';
import { snapshotsCompleted } from '../verify/snapshots-completed.ts';

const database = 'coprdb';

/**
 * The role's first play with the database mounted would migrate the schema in passing; here it is a step that is asked for,
 * because there is no way back from it. The role mounts before it installs copr-frontend and writes copr.conf, so
 * provision's play stopped before both: just these are played first.
 */
export const migrateDatabase = defineStep({
  id: 'migrate-database',
  title: 'Migrate the schema of the database',
  danger: 'irreversible',
  gate: 'database',
  needs: ['launch-instance'],
  limit: 'network',
  plan: context => {
    const { settings, target, new: launched } = scene(context);
    return [
      playPlaybook({
        ...onBatcave(settings),
        limit: target.host,
        playbook: target.playbook,
        // The second one is what the role calls its task of copr.conf alone; "config" would start Copr's own programs.
        tags: ['packages', 'copr_infrastructure_password'],
        mayStopAtMount: false,
      }),
      migrateSchema({ host: onInstance(launched.instance), database }),
    ];
  },
  ready: snapshotsCompleted('snapshot-data'),
  readByHand: playedByHand('migrate-database'),
  async verify({ shell }, context) {
    const schema = await schemaOf(shell, onInstance(scene(context).new.instance), database);
    const revision = atHead(schema);
    if (revision !== undefined) return { ok: true, note: `schema at ${revision}` };
    const [is, needed] = [schema.revisions, schema.heads].map(names => names.join(', ') || 'none');
    return { ok: false, why: `the schema of ${database} is at ${is}, copr-frontend needs ${needed}` };
  },
});
