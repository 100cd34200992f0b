import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

interface Statement {
  readonly Sid: string;
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const root = join(import.meta.dirname, '../..');
const policy = JSON.parse(readFileSync(join(root, 'docs/aws-iam-policy.json'), 'utf8')) as {
  readonly Statement: readonly Statement[];
};
const actions = ({ Action }: Statement) => [Action].flat() as string[];
const allowed = new Set(policy.Statement.flatMap(actions));

/** The EC2 calls that the adapter makes. */
const adapter = join(root, 'src/adapters/ec2');
const made = new Set(
  readdirSync(adapter)
    .map(file => readFileSync(join(adapter, file), 'utf8'))
    .flatMap(text => [...text.matchAll(/new (\w+)Command\(|paginate(\w+)\(/g)])
    .map(([, name, paged]) => `ec2:${name ?? paged}`),
);

describe('docs/aws-iam-policy.json', () => {
  it('allows each call that the adapter makes, and no other', () => {
    expect([...allowed].sort()).toEqual([...made].sort());
  });

  it('changes only what carries the tag of our group, or gets it as it is made', () => {
    const changing = policy.Statement.filter(one => actions(one).some(name => !/^ec2:(?:Describe|Get)/.test(name)));
    const bound = changing.filter(({ Condition }) => /Tag\/FedoraGroup":"copr"/.test(JSON.stringify(Condition ?? {})));
    const free = changing.filter(one => !bound.includes(one)).map(({ Sid }) => Sid);
    // An image, a subnet and a key pair are only used by a launch, never changed.
    expect(free).toEqual(['LaunchFromFedorasImages', 'LaunchInTheSubnet']);
  });

  it('names no action by a wildcard, and only allows', () => {
    expect(policy.Statement.every(({ Effect }) => Effect === 'Allow')).toBe(true);
    expect([...allowed].filter(name => name.includes('*'))).toEqual([]);
  });
});
