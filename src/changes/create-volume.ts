import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import { deleteVolume } from './delete-volume.ts';
import { changeTag } from './launch-instance.ts';
import { commandLine, tagWords } from './shared/command-line.ts';
import { failed, other } from './shared/looks.ts';

type Args = {
  readonly zone: string;
  readonly sizeGiB: number;
  /** Filled from this snapshot; null: empty. */
  readonly snapshot: string | null;
  readonly tags: { readonly [key: string]: string };
};
type Output = { readonly volume: string };

/** Makes an encrypted volume, found again by its tag. Source: procedure, attach-temporary-storage and try-database. */
export const createVolume: ChangeMaker<Args, Output> = defineChange<Args, Output>({
  kind: 'create-volume',
  version: 1,
  repeat: 'look',
  limit: 'volume',
  mayBeBehind: true,

  say: ({ zone, sizeGiB, snapshot, tags }) =>
    `make the volume ${tags.Name ?? ''} of ${sizeGiB} GiB in ${zone}${snapshot === null ? '' : ` from ${snapshot}`}, encrypted`,

  async look({ compute }, _args, { key }) {
    const made = (await compute.volumes({ tags: { [changeTag]: key } })).filter(
      one => one.state !== 'deleted' && one.state !== 'deleting',
    );
    const [volume, second] = made;
    if (volume === undefined) return { is: 'before' };
    if (second !== undefined) {
      return other('two-volumes', `${made.map(one => one.id).join(' and ')} both carry the key ${key}: delete one`);
    }
    if (volume.state === 'creating') return { is: 'under-way', saw: `${volume.id} is being made` };
    if (volume.state === 'error') return failed('volume-error', `AWS could not make ${volume.id}: delete it and retry`);
    return { is: 'after', output: { volume: volume.id } };
  },

  make: ({ compute }, { zone, sizeGiB, snapshot, tags }, send) =>
    compute.createVolume(
      { zone, sizeGiB, tags: { ...tags, [changeTag]: send.key }, ...(snapshot === null ? {} : { snapshot }) },
      send,
    ),

  inverse: (_args, made) =>
    made === undefined ? { rule: 'the volume is deleted' } : { change: deleteVolume({ volume: made.output.volume }) },

  byHand: ({ zone, sizeGiB, snapshot, tags }) =>
    commandLine([
      ...['aws', 'ec2', 'create-volume', '--availability-zone', zone, '--size', String(sizeGiB), '--encrypted'],
      ...(snapshot === null ? [] : ['--snapshot-id', snapshot]),
      '--tag-specifications',
      `ResourceType=volume,Tags=[${tagWords(tags).map(word => `{${word}}`)}]`,
    ]),
});
