import type { Scene } from './scene.ts';

/** Tags of everything that belongs to a target, with a name. Source: the document, "Add Tags"; facts, "The estate". */
export function tagsOf(
  { settings, target }: Pick<Scene, 'settings' | 'target'>,
  suffix: string,
): Record<string, string> {
  return { ...settings.environment.tags, Name: `${target.nameTag}${suffix}` };
}

/**
 * Tags of a snapshot: those of the estate plus where it came from and from when it may be deleted (epoch
 * seconds, by `aws.snapshot_keep`). Source: facts, "The estate".
 */
export function snapshotTags(
  scene: Scene,
  volume: string,
  index: number,
  kind: 'clean' | 'hot-and-not-clean',
): Record<string, string> {
  const at = new Date(scene.context.run.proposedAt);
  const date = at.toISOString().slice(0, 10);
  return {
    ...scene.settings.environment.tags,
    Name: `backup-data-${scene.target.nameTag}-${date}-${index}-${kind}`,
    OriginalVolume: volume,
    DeleteAfter: String(Math.floor((at.getTime() + scene.settings.aws.snapshotKeep) / 1000)),
  };
}

/** Whether a snapshot's name is one that runs give those of a target, by its Name: `copr-frontend-dev` is no snapshot of copr-frontend. */
export function isSnapshotOf(name: string, nameTag: string): boolean {
  const prefix = `backup-data-${nameTag}-`;
  return name.startsWith(prefix) && /^\d{4}-\d\d-\d\d-\d+-/.test(name.slice(prefix.length));
}
