import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import { commandLine } from './shared/command-line.ts';
import { other } from './shared/looks.ts';
import type { Nothing } from './shared/nothing.ts';

type Args = { readonly volume: string };

/**
 * Deletes a volume that is attached nowhere. AWS stops describing a deleted volume at once, so here "not described",
 * seen twice, is the effect. Only a volume that is tagged as temporary is ever deleted. Source: procedure, try-database and release-temporary.
 */
export const deleteVolume: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'delete-volume',
  version: 1,
  repeat: 'converges',
  limit: 'volume',
  mayBeBehind: true,

  say: ({ volume }) => `delete ${volume}, for good`,

  async look({ compute }, args) {
    const volume = await compute.volume(args.volume);
    if (volume === undefined || volume.state === 'deleted') return { is: 'after', output: {}, saw: 'not described' };
    if (volume.state === 'deleting') return { is: 'under-way', saw: `${args.volume} is being deleted` };
    const [attachment] = volume.attachments;
    if (attachment !== undefined) {
      return other(
        'volume-attached',
        `${args.volume} is ${attachment.state} at ${attachment.instance} as ${attachment.device}: detach it first`,
      );
    }
    if (volume.tags.CoprPurpose !== 'temporary') {
      return other('not-temporary', `${args.volume} isn't tagged CoprPurpose=temporary: only such volumes are deleted`);
    }
    return { is: 'before' };
  },

  async make({ compute }, { volume }, send) {
    await compute.deleteVolume(volume, send);
  },

  inverse: ({ volume }) => ({ impossible: `${volume} is gone for good` }),

  byHand: ({ volume }) => commandLine(['aws', 'ec2', 'delete-volume', '--volume-id', volume]),
});
