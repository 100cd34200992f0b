import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import { changeTag } from './launch-instance.ts';
import { turnedBack, workflowTag } from './set-aside-instance.ts';
import { commandLine } from './shared/command-line.ts';
import { other } from './shared/looks.ts';
import type { Nothing } from './shared/nothing.ts';

type Args = { readonly snapshot: string };

/**
 * Deletes a snapshot that a run made and was cancelled or turned back from: one with both tags, never another. AWS stops describing a
 * deleted snapshot at once, so here "not described", seen twice, is the effect; volumes that were made from it stay whole.
 * Source: procedure, delete-snapshots.
 */
export const deleteSnapshot: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'delete-snapshot',
  version: 1,
  repeat: 'converges',
  limit: 'short',
  mayBeBehind: true,

  say: ({ snapshot }) => `delete ${snapshot}, for good`,

  async look({ compute }, args) {
    const snapshot = await compute.snapshot(args.snapshot);
    if (snapshot === undefined) return { is: 'after', output: {}, saw: 'not described' };
    const { state, progress, tags } = snapshot;
    if (tags[workflowTag] !== turnedBack || tags[changeTag] === undefined) {
      return other(
        'not-turned-back',
        `${args.snapshot} isn't tagged ${workflowTag}=${turnedBack} and ${changeTag}: only such snapshots are deleted`,
      );
    }
    return state === 'pending' ? { is: 'not-yet', why: `${args.snapshot} is pending, ${progress}` } : { is: 'before' };
  },

  async make({ compute }, { snapshot }, send) {
    await compute.deleteSnapshot(snapshot, send);
  },

  inverse: ({ snapshot }) => ({ impossible: `${snapshot} is gone for good` }),

  byHand: ({ snapshot }) => commandLine(['aws', 'ec2', 'delete-snapshot', '--snapshot-id', snapshot]),
});
