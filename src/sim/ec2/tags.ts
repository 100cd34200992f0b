import type { SimTag } from '../state.ts';
import { Ec2Error, invalidValue } from './ec2-error.ts';
import type { Query } from './query.ts';

const most = 50;

/** Tags of the list `Tag` of a request. @throws Ec2Error for lengths, the prefix `aws:` and keys that stand twice. */
export function tagsIn(query: Query): SimTag[] {
  const tags = query.structs('Tag').map(tag => ({ Key: tag.text('Key') ?? '', Value: tag.text('Value') ?? '' }));
  const seen = new Set<string>();
  for (const { Key, Value } of tags) {
    if (Key === '') throw invalidValue('Tag keys must not be empty.');
    if ([...Key].length > 128) throw invalidValue(`Tag key exceeds the maximum length of 128 characters: ${Key}`);
    if ([...Value].length > 256) throw invalidValue('Tag value exceeds the maximum length of 256 characters');
    if (/^aws:/i.test(Key)) throw invalidValue("Tag keys starting with 'aws:' are reserved for internal use");
    if (seen.has(Key)) throw invalidValue(`Duplicate tag key '${Key}' specified.`);
    seen.add(Key);
  }
  if (tags.length > most) throw tooMany();
  return tags;
}

/** Tags that a request's TagSpecification gives for a type of resource. @throws Ec2Error for a type that the action can't make. */
export function specifiedTags(query: Query, types: readonly string[]): (type: string) => SimTag[] {
  const byType = new Map<string, SimTag[]>();
  for (const specification of query.structs('TagSpecification')) {
    const type = specification.required('ResourceType');
    if (!types.includes(type))
      throw invalidValue(`'${type}' is not a valid taggable resource type for this operation.`);
    if (byType.has(type)) throw invalidValue(`Duplicate resource type '${type}' in tag specification.`);
    byType.set(type, tagsIn(specification));
  }
  return type => (byType.get(type) ?? []).map(tag => ({ ...tag }));
}

/** Sets tags in place. @throws Ec2Error TagLimitExceeded, with nothing set. */
export function putTags(on: SimTag[], tags: readonly SimTag[]): void {
  const fresh = tags.filter(tag => !on.some(old => old.Key === tag.Key));
  if (on.length + fresh.length > most) throw tooMany();
  for (const tag of tags) {
    const old = on.find(one => one.Key === tag.Key);
    if (old === undefined) on.push({ ...tag });
    else old.Value = tag.Value;
  }
}

function tooMany(): Ec2Error {
  return new Ec2Error('TagLimitExceeded', `More than ${most} tags specified`);
}
