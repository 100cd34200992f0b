import { mount } from '#changes/mount.ts';
import { reindexDatabase } from '#changes/reindex-database.ts';
import { setUnits } from '#changes/set-units.ts';
import { unmount } from '#changes/unmount.ts';
import { upgradeDatabase } from '#changes/upgrade-database.ts';
import { Halt } from '#core/errors.ts';
import { defineStep } from '#engine/define-step.ts';
import { clusterFolder, postgresqlOf } from '../postgresql.ts';
import { onInstance } from '../role-units.ts';
import { scene } from '../scene.ts';
import { postgresql, trialMounts } from '../trial.ts';

/**
 * Upgrades and reindexes the copy on the new instance, as it will be done in the outage, so that nobody finds out with
 * services down; how long it took stands in the run's log. Afterwards the copy is unmounted.
 */
export const tryDatabase = defineStep({
  id: 'try-database',
  title: 'Try the upgrade of the database on the copy',
  danger: 'safe',
  safeguard: true,
  needs: ['launch-instance'],
  plan: context => {
    const here = scene(context);
    const { facts, settings } = here;
    const host = onInstance(here.new.instance);
    const { database, image } = facts;
    const to = postgresqlOf(image.release);
    if (database === null) return [];
    if (to === undefined)
      throw new Halt(
        'unknown-postgresql',
        `Fedora ${image.release}: which PostgreSQL it ships isn't known to this version`,
      );
    const mounts = trialMounts(here);
    const { databaseUpgrade: mode } = settings.environment.options;
    const upgrade = { host, from: database.major, to, checksums: database.checksums, mode, data: clusterFolder };
    return [
      ...mounts.toReversed().map(spec => mount({ host, mount: spec })),
      ...(to === database.major ? [] : [upgradeDatabase(upgrade)]),
      setUnits({ host, units: [postgresql(true)] }),
      reindexDatabase({ host, jobs: 4 }),
      setUnits({ host, units: [postgresql(false)] }),
      ...mounts.map(spec => unmount({ host, mount: spec })),
    ];
  },
  undo: {
    rule: 'on the new instance the database stops and the copy is unmounted',
    plan: context => {
      const here = scene(context);
      const host = onInstance(here.new.instance);
      return [
        setUnits({ host, units: [postgresql(false)] }),
        ...trialMounts(here).map(spec => unmount({ host, mount: spec })),
      ];
    },
  },
});
