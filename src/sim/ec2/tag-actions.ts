import type { SimTag } from '../state.ts';
import { type Action, done } from './action.ts';
import type { Ec2Context } from './ec2-context.ts';
import { Ec2Error } from './ec2-error.ts';
import { filtered, page } from './filters.ts';
import type { Query } from './query.ts';
import { putTags, tagsIn } from './tags.ts';

function resources(ec2: Ec2Context, query: Query): { readonly id: string; readonly tags: SimTag[] }[] {
  const ids = query.list('ResourceId');
  if (ids.length === 0) throw new Ec2Error('MissingParameter', 'The request must contain the parameter resourceIdSet');
  return ids.map(id => ({ id, tags: ec2.taggable(id).tags }));
}

export const createTags: Action = ({ ec2, query, dryRun }) => {
  const on = resources(ec2, query);
  const tags = tagsIn(query);
  if (tags.length === 0) throw new Ec2Error('MissingParameter', 'The request must contain the parameter tagSet');
  dryRun();
  for (const one of on) putTags(structuredClone(one.tags), tags);
  for (const one of on) putTags(one.tags, tags);
  ec2.effect('CreateTags', { ResourceIds: on.map(({ id }) => id), Tags: tags });
  return done;
};

/** A tag with a value goes only when it has that value; without tags, all go. */
export const deleteTags: Action = ({ ec2, query, dryRun }) => {
  const on = resources(ec2, query);
  const going = query.structs('Tag').map(tag => ({ key: tag.required('Key'), value: tag.text('Value') }));
  dryRun();
  for (const { tags } of on) {
    const kept = tags.filter(
      tag =>
        going.length > 0 &&
        !going.some(({ key, value }) => key === tag.Key && (value === undefined || value === tag.Value)),
    );
    tags.splice(0, tags.length, ...kept);
  }
  ec2.effect('DeleteTags', { ResourceIds: on.map(({ id }) => id), Keys: going.map(({ key }) => key) });
  return done;
};

export const describeTags: Action = ({ ec2, query, dryRun }) => {
  dryRun();
  const { state } = ec2;
  const ids = [
    ...ec2.instances().map(one => one.InstanceId),
    ...ec2.instances().flatMap(one => one.NetworkInterfaces.map(nic => nic.NetworkInterfaceId)),
    ...Object.keys(state.volumes),
    ...Object.keys(state.snapshots),
    ...Object.keys(state.addresses),
  ];
  const rows = ids.flatMap(id => {
    const { type, tags } = ec2.taggable(id);
    return tags.map(({ Key, Value }) => ({ id, type, Key, Value }));
  });
  const { items, nextToken } = page(
    filtered(rows, query, {
      fields: {
        'resource-id': one => [one.id],
        'resource-type': one => [one.type],
        key: one => [one.Key],
        value: one => [one.Value],
      },
      tags: one => [one],
    }),
    query,
  );
  return {
    tagSet: items.map(one => ({ resourceId: one.id, resourceType: one.type, key: one.Key, value: one.Value })),
    nextToken,
  };
};
