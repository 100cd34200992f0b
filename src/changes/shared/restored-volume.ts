import type { ComputeReader, Volume } from '#ports/compute.ts';
import { changeTag } from '../launch-instance.ts';

/** The tag of what was made of a volume, or from a snapshot of it: the volume's id. Snapshots have it too. */
export const originalTag = 'OriginalVolume';

/** Volumes that a run made in place of one, by their tags: a run makes one, and who finds two asks people. */
export async function restoredVolumes(
  compute: ComputeReader,
  { original, run }: { readonly original: string; readonly run: string },
): Promise<Volume[]> {
  const found = await compute.volumes({ tags: { [originalTag]: original } });
  return found.filter(
    ({ state, tags }) => state !== 'deleted' && state !== 'deleting' && tags[changeTag]?.startsWith(`${run}.`),
  );
}
