import type { MountSpec } from '#changes/shared/mount-spec.ts';
import type { Scene } from './scene.ts';

/** The target's mounts in the order of unmounting, each bound to the file system that was seen on the old host. */
export function mountsOf({ target, facts }: Pick<Scene, 'target' | 'facts'>): MountSpec[] {
  return target.mounts.map(({ path, label, uuid: named, bind }) => {
    const seen = facts.fileSystems.find(one => one.path === path);
    const uuid = seen === undefined || seen.uuid === '' ? null : seen.uuid;
    const source = label === null ? `UUID=${named ?? uuid ?? ''}` : `LABEL=${label}`;
    return { path, source: bind ?? source, bind: bind !== null, uuid };
  });
}
