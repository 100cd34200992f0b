import type { SimTag } from '../state.ts';
import { Ec2Error, invalidValue } from './ec2-error.ts';
import type { Query } from './query.ts';

/** By a filter's name: the values that an item has for it. `tag:KEY`, `tag-key` and `tag-value` come from `tags`. */
export interface Filterable<T> {
  readonly fields: Readonly<Record<string, (item: T) => readonly (string | undefined)[]>>;
  readonly tags?: (item: T) => readonly SimTag[];
}

/**
 * Items that fit every filter of the request; a filter's values are alternatives, `*` and `?` are wildcards, `\` escapes.
 *
 * @throws Ec2Error InvalidParameterValue for a filter that the action doesn't have, as EC2 does.
 */
export function filtered<T>(items: readonly T[], query: Query, filterable: Filterable<T>): T[] {
  const tests = query.structs('Filter').map(filter => {
    const values = filter.list('Value');
    const name = filter.required('Name');
    if (values.length === 0) throw invalidValue(`The filter '${name}' has no values`);
    const patterns = values.map(wildcard);
    const read = reader(name, filterable);
    return (item: T) => read(item).some(value => value !== undefined && patterns.some(pattern => pattern.test(value)));
  });
  return items.filter(item => tests.every(test => test(item)));
}

function reader<T>(name: string, { fields, tags }: Filterable<T>): (item: T) => readonly (string | undefined)[] {
  if (tags !== undefined) {
    if (name.startsWith('tag:')) {
      const key = name.slice('tag:'.length);
      return item =>
        tags(item)
          .filter(tag => tag.Key === key)
          .map(tag => tag.Value);
    }
    if (name === 'tag-key') return item => tags(item).map(tag => tag.Key);
    if (name === 'tag-value') return item => tags(item).map(tag => tag.Value);
  }
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (field === undefined) throw invalidValue(`The filter '${name}' is invalid`);
  return field;
}

function wildcard(value: string): RegExp {
  const pattern = value.replaceAll(/\\(.)|([*?])|([$()+.[\]^{|}])/gs, (_, escaped, wild, special) => {
    if (escaped !== undefined) return /[\w\s]/.test(escaped) ? escaped : `\\${escaped}`;
    return wild === undefined ? `\\${special}` : wild === '*' ? '.*' : '.';
  });
  return new RegExp(`^${pattern}$`, 's');
}

/** One page of a listing: `MaxResults` items from `NextToken` on, and the token of the next page. */
export function page<T>(
  items: readonly T[],
  query: Query,
): { readonly items: T[]; readonly nextToken: string | undefined } {
  const most = query.count('MaxResults');
  if (most !== undefined && (most < 5 || most > 1000)) {
    throw invalidValue(`Value ( ${most} ) for parameter maxResults is invalid. Expecting a value between 5 and 1000.`);
  }
  const token = query.text('NextToken');
  const from = token === undefined || token === '' ? 0 : Number(Buffer.from(token, 'base64url').toString());
  if (!Number.isInteger(from) || from < 0) throw new Ec2Error('InvalidNextToken', 'The token is invalid.');
  const to = most === undefined ? items.length : from + most;
  return {
    items: items.slice(from, to),
    nextToken: to < items.length ? Buffer.from(String(to)).toString('base64url') : undefined,
  };
}

/** Items with the ids of the request's list, all when it gives none. @throws what `missing` makes of an id that isn't there. */
export function chosen<T>(
  items: Readonly<Record<string, T>>,
  ids: readonly string[],
  missing: (id: string) => Ec2Error,
): T[] {
  if (ids.length === 0) return Object.values(items);
  return [...new Set(ids)].map(id => {
    const item = Object.hasOwn(items, id) ? items[id] : undefined;
    if (item === undefined) throw missing(id);
    return item;
  });
}
