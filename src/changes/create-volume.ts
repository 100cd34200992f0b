import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import { deleteVolume } from './delete-volume.ts';
import { changeTag } from './launch-instance.ts';
import { commandLine, tagWords } from './shared/command-line.ts';
import { failed, other } from './shared/looks.ts';
import { originalTag } from './shared/restored-volume.ts';

type Args = {
  readonly zone: string;
  readonly sizeGiB: number;
  /** Filled from this snapshot; null: empty. */
  readonly snapshot: string | null;
  readonly tags: { readonly [key: string]: string };
  /** Of one that takes another's place: as that one is. Absent: gp3 as AWS makes it. */
  readonly type?: string;
  readonly iops?: number;
  readonly throughput?: number;
};
type Output = { readonly volume: string };

/**
 * Makes an encrypted volume, found again by its tag. Only a temporary one is ever deleted again. Source: procedure,
 * attach-temporary-storage, try-database and restore-database.
 */
export const createVolume: ChangeMaker<Args, Output> = defineChange<Args, Output>({
  kind: 'create-volume',
  version: 1,
  repeat: 'look',
  limit: 'volume',
  mayBeBehind: true,

  say: args =>
    `make the volume ${args.tags.Name ?? ''} of ${args.sizeGiB} GiB in ${args.zone}${args.snapshot === null ? '' : ` from ${args.snapshot}`}${inPlaceOf(args)}, ${[...asked(args), 'encrypted'].join(', ')}`,

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

  make: ({ compute }, { snapshot, tags, ...spec }, send) =>
    compute.createVolume(
      { ...spec, tags: { ...tags, [changeTag]: send.key }, ...(snapshot === null ? {} : { snapshot }) },
      send,
    ),

  inverse({ tags }, made) {
    if (tags.CoprPurpose !== 'temporary') return { rule: 'the volume is kept' };
    return made === undefined
      ? { rule: 'the volume is deleted' }
      : { change: deleteVolume({ volume: made.output.volume }) };
  },

  byHand: ({ zone, sizeGiB, snapshot, tags, type, iops, throughput }) =>
    commandLine([
      ...['aws', 'ec2', 'create-volume', '--availability-zone', zone, '--size', String(sizeGiB), '--encrypted'],
      ...(snapshot === null ? [] : ['--snapshot-id', snapshot]),
      ...(type === undefined ? [] : ['--volume-type', type]),
      ...(iops === undefined ? [] : ['--iops', String(iops)]),
      ...(throughput === undefined ? [] : ['--throughput', String(throughput)]),
      '--tag-specifications',
      `ResourceType=volume,Tags=[${tagWords(tags).map(word => `{${word}}`)}]`,
    ]),
});

function inPlaceOf({ tags }: Args): string {
  const original = tags[originalTag];
  return original === undefined ? '' : ` in place of ${original}`;
}

/** "gp3", "3000 IOPS", "125 MiB/s": what the volume is asked to be. */
function asked({ type, iops, throughput }: Pick<Args, 'type' | 'iops' | 'throughput'>): string[] {
  return [
    ...(type === undefined ? [] : [type]),
    ...(iops === undefined ? [] : [`${iops} IOPS`]),
    ...(throughput === undefined ? [] : [`${throughput} MiB/s`]),
  ];
}
