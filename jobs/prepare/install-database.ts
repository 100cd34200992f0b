import { installPackages } from '#changes/install-packages.ts';
import { defineStep } from '#engine/define-step.ts';
import { postgresqlOf } from '../postgresql.ts';
import { onInstance } from '../role-units.ts';
import { scene } from '../scene.ts';

/** The server and its upgrade program, ahead; that program must be built for the old major (facts, "Details that bite"). */
export const installDatabase = defineStep({
  id: 'install-database',
  title: 'Install the database server and its upgrade program',
  danger: 'safe',
  needs: ['launch-instance'],
  plan: context => {
    const host = onInstance(scene(context).new.instance);
    return [installPackages({ host, packages: ['postgresql-server', 'postgresql-upgrade'] })];
  },
  async verify({ shell }, context) {
    const { facts, new: launched } = scene(context);
    const major = facts.database?.major;
    if (major === undefined || postgresqlOf(facts.image.release) === major) return { ok: true };
    const offered = await shell.read(onInstance(launched.instance), ['postgresql-setup', '--upgrade-ids']);
    if (new RegExp(`\\b${major}\\b`).test(offered.stdout))
      return { ok: true, note: `upgrades from PostgreSQL ${major}` };
    return {
      ok: false,
      why: `postgresql-setup of Fedora ${facts.image.release} doesn't upgrade from PostgreSQL ${major}: go to another release, or dump and restore by hand`,
      evidence: offered.stdout.split('\n'),
    };
  },
});
