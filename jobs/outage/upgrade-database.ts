import { installPackages } from '#changes/install-packages.ts';
import { setUnits } from '#changes/set-units.ts';
import { started } from '#changes/shared/unit-goal.ts';
import { upgradeDatabase } from '#changes/upgrade-database.ts';
import { Halt } from '#core/errors.ts';
import { defineStep } from '#engine/define-step.ts';
import { clusterFolder, postgresqlOf } from '../postgresql.ts';
import { databaseFacts } from '../read/database-facts.ts';
import { onInstance } from '../role-units.ts';
import { scene } from '../scene.ts';
import { noRowMissing } from '../verify/no-row-missing.ts';
import { snapshotsCompleted } from '../verify/snapshots-completed.ts';

/**
 * The document, "Upgrade the database", where the new Fedora has another major. The clean snapshots are completed before
 * anything is written: after the new server's first start they are the way back.
 */
export const upgradeDatabaseStep = defineStep({
  id: 'upgrade-database',
  title: 'Upgrade the database',
  danger: 'irreversible',
  gate: 'database',
  needs: ['launch-instance'],
  limit: 'network',
  plan: context => {
    const { facts, settings, new: launched } = scene(context);
    const { database, image } = facts;
    const to = postgresqlOf(image.release);
    if (database === null) return [];
    if (to === undefined)
      throw new Halt(
        'unknown-postgresql',
        `Fedora ${image.release}: which PostgreSQL it ships isn't known to this version`,
      );
    const host = onInstance(launched.instance);
    const start = setUnits({ host, units: started(['postgresql.service']) });
    if (to === database.major) return [];
    return [
      installPackages({ host, packages: ['postgresql-upgrade'] }),
      upgradeDatabase({
        host,
        from: database.major,
        to,
        checksums: database.checksums,
        mode: settings.environment.options.databaseUpgrade,
        data: clusterFolder,
      }),
      start,
    ];
  },
  ready: snapshotsCompleted('snapshot-data'),
  async verify({ shell }, context) {
    const { facts, new: launched } = scene(context);
    const to = postgresqlOf(facts.image.release);
    if (facts.database === null || to === facts.database.major) return { ok: true };
    const now = await databaseFacts(shell, onInstance(launched.instance));
    if (now.major !== to) return { ok: false, why: `PostgreSQL ${now.major} answers, not ${to}` };
    const whole = await noRowMissing(shell, onInstance(launched.instance), facts.counts);
    if (!whole.ok) return whole;
    return { ok: true, note: `PostgreSQL ${now.major}` };
  },
});
