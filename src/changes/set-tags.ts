import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import { commandLine, tagWords } from './shared/command-line.ts';
import type { Nothing } from './shared/nothing.ts';

/** `null`: the tag goes. */
type Wanted = { readonly [key: string]: string | null };
type Args = { readonly resource: string; readonly tags: Wanted };

/** Sets, or takes away, tags of one resource; renaming is the tag Name. Other tags stay. Source: procedure, rename-instances. */
export const setTags: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'set-tags',
  version: 1,
  repeat: 'converges',
  limit: 'short',
  mayBeBehind: true,

  say: ({ resource, tags }) =>
    `tag ${resource}: ${Object.entries(tags)
      .map(([key, value]) => (value === null ? `no ${key}` : `${key}=${value}`))
      .join(', ')}`,

  async look({ compute }, { resource, tags }) {
    const now = await compute.tags(resource);
    const old: Record<string, string | null> = {};
    let differs = false;
    for (const [key, value] of Object.entries(tags)) {
      old[key] = now[key] ?? null;
      differs ||= old[key] !== value;
    }
    return differs ? { is: 'before', before: old } : { is: 'after', output: {} };
  },

  /** Two requests where tags are set and others go; each converges. */
  async make({ compute }, { resource, tags }, send) {
    const { set, gone } = split(tags);
    if (Object.keys(set).length > 0) await compute.setTags(resource, set, send);
    if (gone.length > 0) await compute.deleteTags(resource, gone, send);
  },

  inverse: ({ resource, tags }, made) =>
    made === undefined
      ? { rule: `${Object.keys(tags).join(', ')} of ${resource} become what they were` }
      : { change: setTags({ resource, tags: made.before as Wanted }) },

  byHand: ({ resource, tags }) => {
    const { set, gone } = split(tags);
    return [
      ...(Object.keys(set).length === 0
        ? []
        : [commandLine(['aws', 'ec2', 'create-tags', '--resources', resource, '--tags', ...tagWords(set)])]),
      ...(gone.length === 0
        ? []
        : [
            commandLine([
              ...['aws', 'ec2', 'delete-tags', '--resources', resource, '--tags'],
              ...gone.map(key => `Key=${key}`),
            ]),
          ]),
    ].join(' && ');
  },
});

function split(tags: Wanted): { set: Record<string, string>; gone: string[] } {
  const set: Record<string, string> = {};
  const gone: string[] = [];
  for (const [key, value] of Object.entries(tags)) {
    if (value === null) gone.push(key);
    else set[key] = value;
  }
  return { set, gone };
}
