import type { MountSpec } from '#changes/shared/mount-spec.ts';
import type { UnitGoal } from '#changes/shared/unit-goal.ts';
import { mountsOf } from './mounts.ts';
import type { Scene } from './scene.ts';

/** Where the trial's volume hangs on the new instance while it is there. */
export const trialDevice = '/dev/sdp';

export const postgresql = (active: boolean): UnitGoal => ({ unit: 'postgresql.service', active });

/** The volume that this run made for the trial; undefined before that, and once it was removed. */
export function trialVolume({ context, target }: Pick<Scene, 'context' | 'target'>): string | undefined {
  if (context.outputs(target.name, 'remove-trial-volume') !== undefined) return undefined;
  const made = context.outputs(target.name, 'create-trial-volume')?.volume;
  return typeof made === 'string' ? made : undefined;
}

/** The trial's mounts: the copy carries the labels and UUIDs of the real volume. In the order of unmounting. */
export function trialMounts(scene: Pick<Scene, 'target' | 'facts'>): MountSpec[] {
  return mountsOf(scene);
}
