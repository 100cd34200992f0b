import { attachVolume } from '#changes/attach-volume.ts';
import { detachVolume } from '#changes/detach-volume.ts';
import { mount } from '#changes/mount.ts';
import { setUnits } from '#changes/set-units.ts';
import { onHost } from '#changes/shared/command-line.ts';
import { unmount } from '#changes/unmount.ts';
import { dumpFolder } from '../dump-folder.ts';
import { mountsOf } from '../mounts.ts';
import { clusterFolder } from '../postgresql.ts';
import { onInstance } from '../role-units.ts';
import type { Scene } from '../scene.ts';

/**
 * What people type to bring the database back from its dump, where no clean snapshot was made: an empty cluster of the old major on the
 * same volume, the upgraded one beside it. No step: a dump of one database (pg_dump) has neither the roles nor the configuration of its
 * cluster, so somebody has to look at both. A line each.
 */
export function dumpLines(here: Pick<Scene, 'target' | 'facts' | 'old' | 'new'>): string[] {
  const { facts, old } = here;
  const { instance } = here.new;
  const [was, is] = [onInstance(old.instance), onInstance(instance)];
  const postgresql = (host: typeof was, active: boolean) =>
    setUnits.definition.byHand({ host, units: [{ unit: 'postgresql.service', active }] });
  const kept = `${clusterFolder}-upgraded`;
  return [
    onHost(is, 'pg_dumpall --roles-only', 'postgres'),
    postgresql(is, false),
    ...mountsOf(here).map(spec => unmount.definition.byHand({ host: is, mount: spec })),
    ...facts.volumes.map(({ id, device }) => detachVolume.definition.byHand({ volume: id, instance, device })),
    ...facts.volumes.map(({ id, device }) =>
      attachVolume.definition.byHand({ volume: id, instance: old.instance, device }),
    ),
    ...mountsOf(here)
      .toReversed()
      .map(spec => mount.definition.byHand({ host: was, mount: spec })),
    onHost(was, `mv ${clusterFolder} ${kept} && postgresql-setup --initdb`),
    onHost(was, `cp -p ${clusterFolder}-old/*.conf ${clusterFolder}/`),
    postgresql(was, true),
    `load the roles that pg_dumpall printed, then ${onHost(was, `sh -c 'xzcat ${dumpFolder}/NEWEST.xz | psql -X -v ON_ERROR_STOP=1'`, 'postgres')}`,
  ];
}
