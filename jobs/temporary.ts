import type { MountSpec } from '#changes/shared/mount-spec.ts';
import { Halt } from '#core/errors.ts';
import type { Scene } from './scene.ts';

/** The label by which the backend's playbook mounts its data. */
export const temporaryLabel = 'copr-repo';

/** The backend's temporary volume: the estate's, or the one that this run made. @throws Halt `missing`. */
export function temporaryOf({ target, context }: Pick<Scene, 'target' | 'context'>): {
  volume: string;
  device: string;
} {
  const { temporary } = target;
  if (temporary === null) throw new Halt('missing', `${target.name} has no temporary storage in the estate`);
  const made = context.outputs(target.name, 'create-temporary-storage')?.volume;
  const volume = temporary.volume ?? (typeof made === 'string' ? made : undefined);
  if (volume === undefined) throw new Halt('missing', `${target.name}: the temporary volume isn't known yet`);
  return { volume, device: temporary.device };
}

/** Where the playbook mounts the temporary volume: where the data will be. */
export function temporaryMounts({ target }: Pick<Scene, 'target'>): MountSpec[] {
  const mounts = target.mounts.filter(one => one.bind === null && (one.label ?? temporaryLabel) === temporaryLabel);
  return mounts.map(({ path }) => ({ path, source: `LABEL=${temporaryLabel}`, bind: false, uuid: null }));
}
