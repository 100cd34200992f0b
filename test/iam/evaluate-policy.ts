import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** One thing that is asked of AWS: it is allowed where a statement allows it. Keys of the context have one or more values. */
export interface Asked {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string | readonly string[] | undefined>>;
}

export const iamPolicy = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../docs/aws-iam-policy.json'), 'utf8'),
) as {
  readonly Statement: readonly Statement[];
};

const many = (one: string | readonly string[]): readonly string[] => (typeof one === 'string' ? [one] : one);

/** IAM's wildcards: "*" for any run of letters, "?" for one. */
function like(pattern: string, text: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(text);
}

/** Whether one value meets one of the wanted ones, by the operator without its prefixes and suffixes. */
function meets(operator: string, wanted: readonly string[], value: string): boolean {
  if (operator === 'StringEquals' || operator === 'Bool') return wanted.includes(value);
  if (operator === 'StringLike') return wanted.some(pattern => like(pattern, value));
  throw new Error(`the evaluator knows no ${operator}`);
}

/** As IAM does: each operator and each key in it must hold; a missing key fails all but …IfExists, ForAllValues and Null. */
function holds(condition: Statement['Condition'], context: Asked['context']): boolean {
  return Object.entries(condition ?? {}).every(([name, keys]) =>
    Object.entries(keys).every(([key, given]) => {
      const value = context[key];
      const wanted = many(given);
      if (name === 'Null') return wanted.includes(String(value === undefined));
      const [, forAll, operator = '', ifExists] = /^(ForAllValues:)?(\w+?)(IfExists)?$/.exec(name) ?? [];
      if (forAll !== undefined) return many(value ?? []).every(one => meets(operator, wanted, one));
      if (value === undefined) return ifExists !== undefined;
      return many(value).some(one => meets(operator, wanted, one));
    }),
  );
}

/** @returns the statement that allows it. The policy only allows, so nothing else is to be asked. */
export function allowedBy({ action, resource, context }: Asked, policy = iamPolicy): string | undefined {
  return policy.Statement.find(
    one =>
      one.Effect === 'Allow' &&
      many(one.Action).includes(`ec2:${action}`) &&
      many(one.Resource).some(pattern => like(pattern, resource)) &&
      holds(one.Condition, context),
  )?.Sid;
}
