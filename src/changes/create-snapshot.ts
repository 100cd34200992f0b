import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import { changeTag } from './launch-instance.ts';
import { turnedBack, workflowTag } from './set-aside-instance.ts';
import { setTags } from './set-tags.ts';
import { commandLine, tagWords } from './shared/command-line.ts';
import { failed, other } from './shared/looks.ts';

type Args = {
  readonly volume: string;
  readonly description: string;
  readonly tags: { readonly [key: string]: string };
};
type Output = { readonly snapshot: string; readonly startedAt: number };

/**
 * Snapshots a volume, found again by its tag (CreateSnapshot has no token). Made as soon as AWS took it: a pending
 * snapshot holds the data as of the request; who needs it `completed` waits for that. `startedAt` is AWS's time in ms.
 * Source: procedure, snapshot-ahead and snapshot-data; tags: facts, "The estate".
 */
export const createSnapshot: ChangeMaker<Args, Output> = defineChange<Args, Output>({
  kind: 'create-snapshot',
  version: 1,
  repeat: 'look',
  limit: 'short',
  unseen: true,
  mayBeBehind: true,

  say: ({ volume, tags, description }) => `snapshot ${volume} as ${tags.Name ?? description}`,

  async look({ compute }, { volume }, { key }) {
    const made = await compute.snapshots({ tags: { [changeTag]: key } });
    const [snapshot, second] = made;
    if (snapshot === undefined) return { is: 'before' };
    if (second !== undefined) {
      return other('two-snapshots', `${made.map(one => one.id).join(' and ')} both carry the key ${key}: delete one`);
    }
    if (snapshot.volume !== volume) {
      return other(
        'wrong-snapshot',
        `${snapshot.id} carries the key ${key} and is of ${snapshot.volume}, not ${volume}`,
      );
    }
    if (snapshot.state === 'error') {
      return failed('snapshot-error', `AWS ended ${snapshot.id} of ${volume} with an error: a retry makes another`);
    }
    return { is: 'after', output: { snapshot: snapshot.id, startedAt: snapshot.startedAt } };
  },

  async make({ compute }, { volume, description, tags }, send) {
    const { snapshot } = await compute.createSnapshot(
      { volume, description, tags: { ...tags, [changeTag]: send.key } },
      send,
    );
    return { snapshot };
  },

  /** One whose id isn't known may be there all the same: its DeleteAfter is for it. */
  inverse: (_args, made) =>
    made?.output.snapshot === undefined
      ? { rule: 'the snapshot is kept, tagged, until a retirement, at most until its DeleteAfter' }
      : { change: setTags({ resource: made.output.snapshot, tags: { [workflowTag]: turnedBack } }) },

  byHand: ({ volume, description, tags }) =>
    commandLine([
      ...['aws', 'ec2', 'create-snapshot', '--volume-id', volume, '--description', description],
      '--tag-specifications',
      `ResourceType=snapshot,Tags=[${tagWords(tags).map(word => `{${word}}`)}]`,
    ]),
});
