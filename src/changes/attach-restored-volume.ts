import { Refused } from '#core/errors.ts';
import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import type { ComputeReader, Volume } from '#ports/compute.ts';
import { attachVolume } from './attach-volume.ts';
import { detachVolume } from './detach-volume.ts';
import { other } from './shared/looks.ts';
import { restoredVolumes } from './shared/restored-volume.ts';

type Args = {
  /** The volume in whose place the restored one comes. */
  readonly original: string;
  /** Uid of the run that made the restored one. */
  readonly run: string;
  readonly instance: string;
  readonly device: string;
};
type Output = { readonly volume: string };

/**
 * Attaches the volume that a run made from a snapshot of another one, in its place. Its id is known only once it is made, long after
 * the way back was approved: it is found by the tags that it got then. Two such volumes are for a person to look at.
 * Source: procedure, restore-database.
 */
export const attachRestoredVolume: ChangeMaker<Args, Output> = defineChange<Args, Output>({
  kind: 'attach-restored-volume',
  version: 1,
  repeat: 'converges',
  limit: 'volume',
  mayBeBehind: true,

  say: ({ original, instance, device }) =>
    `attach the volume that was made in place of ${original} as ${device} to ${instance}`,

  async look(ports, args, about) {
    const found = await restoredVolumes(ports.compute, args);
    const [volume, second] = found;
    if (volume === undefined) {
      return other('no-restored-volume', `AWS describes no volume that this run made in place of ${args.original}`);
    }
    if (second !== undefined) return other('two-volumes', twoInWords(found, args.original));
    const attachment = { volume: volume.id, instance: args.instance, device: args.device };
    const look = await attachVolume.definition.look(ports, attachment, about);
    return look.is === 'after' ? { ...look, output: { volume: volume.id } } : look;
  },

  async make({ compute }, args, send) {
    const { id } = await theOne(compute, args);
    await compute.attachVolume({ volume: id, instance: args.instance, device: args.device }, send);
  },

  inverse: ({ instance, device }, made) =>
    made === undefined
      ? { rule: 'the volume is detached, and kept' }
      : { change: detachVolume({ volume: made.output.volume, instance, device }) },

  byHand: ({ instance, device }) =>
    attachVolume.definition.byHand({ volume: 'VOLUME_THAT_WAS_MADE', instance, device }),
});

/** The look before saw exactly one. @throws Error when it isn't so any more: nothing is sent. */
async function theOne(compute: ComputeReader, args: Args): Promise<Volume> {
  const found = await restoredVolumes(compute, args);
  const [volume] = found;
  if (volume === undefined || found.length > 1)
    throw new Refused('raced', twoInWords(found, args.original), { retry: true });
  return volume;
}

function twoInWords(found: readonly Volume[], original: string): string {
  return `${found.map(one => one.id).join(' and ') || 'no volume'} were made in place of ${original}: it has to be one`;
}
