import { attachRestoredVolume } from '#changes/attach-restored-volume.ts';
import { createVolume } from '#changes/create-volume.ts';
import { turnedBack, workflowTag } from '#changes/set-aside-instance.ts';
import { setTags } from '#changes/set-tags.ts';
import { originalTag } from '#changes/shared/restored-volume.ts';
import type { Change } from '#core/change.ts';
import type { TargetFacts } from '../facts.ts';
import type { Scene } from '../scene.ts';

type VolumeFacts = TargetFacts['volumes'][number];

/** A data volume, and the clean snapshot of it from which another one is made. */
export interface Restored {
  readonly volume: VolumeFacts;
  readonly snapshot: string;
}

/**
 * Data volumes made from clean snapshots come in the place of those that were altered for good: in the zone and of the type and size
 * of the original, with its tags, under its device, at the instance that is to serve. The originals are kept as they are, tagged.
 * They must be detached by then, and what is mounted is looked at by label and UUID by whoever mounts it.
 */
export function restoreVolumes(
  { settings, target, context }: Pick<Scene, 'settings' | 'target' | 'context'>,
  instance: string,
  restored: readonly Restored[],
): Change[] {
  const { zone } = settings.aws;
  return [
    ...restored.map(({ volume, snapshot }) => {
      const { id, sizeGiB, type, iops, throughput, name } = volume;
      return createVolume({
        zone,
        sizeGiB,
        snapshot,
        tags: { ...settings.environment.tags, Name: name ?? target.nameTag, [originalTag]: id },
        ...(type === undefined ? {} : { type }),
        ...(iops === undefined ? {} : { iops }),
        ...(throughput === undefined ? {} : { throughput }),
      });
    }),
    ...restored.map(({ volume: { id } }) => setTags({ resource: id, tags: { [workflowTag]: turnedBack } })),
    ...restored.map(({ volume: { id, device } }) =>
      attachRestoredVolume({ original: id, run: context.run.uid, instance, device }),
    ),
  ];
}

/** The line of the estate that must name the volume in use: "targets.copr-fe-dev.volumes: { id: vol-new, device: /dev/sdf } instead of vol-old". */
export function estateLine(target: string, was: string, is: { readonly id: string; readonly device: string }): string {
  return `in the estate, targets.${target}.volumes: { id: ${is.id}, device: ${is.device} } instead of ${was}`;
}
