import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Document, isMap, isScalar, parseDocument, visit } from 'yaml';
import { EstateError, type Problem } from '#estate/estate-error.ts';
import { personOf, remarksOn, targetsOf } from '#estate/lookups.ts';
import { parseEstate, readEstate } from '#estate/read-estate.ts';
import { seededAccount, seededTargets, seededTemporaryAddresses } from '#sim/ec2/seeded-targets.ts';

const file = join(import.meta.dirname, '../../estate.example.yaml');
const example = readFileSync(file, 'utf8');

function problemsOf(text: string): readonly Problem[] {
  try {
    parseEstate(text, 'estate.yaml');
    return [];
  } catch (error) {
    if (error instanceof EstateError) return error.problems;
    throw error;
  }
}

/** The example with one text replaced, which must be in it. */
function having(from: string, to: string): string {
  expect(example).toContain(from);
  return example.replace(from, to);
}

function lineOf(text: string, part: string): number {
  return text.slice(0, text.indexOf(part)).split('\n').length;
}

describe('the example estate', () => {
  it('is right, whole, and holds the eight targets', async () => {
    const estate = await readEstate(file);
    expect(Object.keys(estate.targets)).toEqual(Object.keys(seededTargets));
    expect(targetsOf(estate, 'dev').map(target => target.role)).toEqual(['frontend', 'backend', 'distgit', 'keygen']);
    expect(personOf(estate, 'matrix', '@alice:fedora.im')?.name).toBe('alice');
    expect(personOf(estate, 'matrix', '@Alice:fedora.im')).toBeUndefined();
    expect(estate.environments.dev?.ask).toEqual(['alice', 'bob', 'carol', 'dan']);
    expect(remarksOn(estate)).toEqual([]);
  });

  it('is remarked on where nobody could approve, or an order has no effect yet', () => {
    const text = readFileSync(file, 'utf8');
    const changed = parseEstate(text.replace('order: fast', 'order: classic'), file);
    const remarks = remarksOn({
      ...changed,
      environments: Object.fromEntries(
        Object.entries(changed.environments).map(([name, one]) => [
          name,
          name === 'dev' ? { ...one, approvers: [] } : { ...one, approvers: ['bob'], ask: ['alice', 'bob'] },
        ]),
      ),
    });
    expect(remarks).toEqual([
      'environment dev has no approvers: nothing can be approved there',
      "environment dev: order classic isn't done yet, fast is used",
      'environment prod: nobody could approve what bob asks for',
    ]);
  });

  it("agrees with the simulator's seed", async () => {
    const estate = await readEstate(file);
    for (const [name, seed] of Object.entries(seededTargets)) {
      expect(estate.targets[name]).toMatchObject({
        environment: seed.environment,
        role: seed.role,
        instanceName: `copr-${seed.role}-${seed.environment}`,
        type: seed.type,
        rootGib: seed.rootGiB,
        elasticIp: { allocation: seed.allocation, address: seed.elasticIp },
        ipv6: seed.ipv6,
        volumes: seed.volumes.map(({ id, device }) => ({ id, device })),
        securityGroup: seededAccount.securityGroups[seed.role].name,
      });
      const { allocation, elasticIp } = seededTemporaryAddresses[seed.environment];
      const temporary = seed.role === 'backend' ? { allocation, address: elasticIp } : undefined;
      expect(estate.targets[name]?.temporary?.elasticIp).toEqual(temporary);
    }
    const { region, zone, subnet, keyPair, account } = seededAccount;
    expect(estate.aws).toMatchObject({ region, zone, subnet, keyPair, imageOwner: account });
  });
});

describe('what is wrong is named by line and key', () => {
  const cases: [string, string, string, RegExp][] = [
    ['a misspelt key', 'root_gib: 50', 'root_gb: 50', /^there is no key "root_gb" here; did you mean "root_gib"\?$/],
    [
      'a key from elsewhere',
      'type: t3a.medium',
      'type: t3a.medium\n    colour: red',
      /no key "colour" here; known here: environment, role/,
    ],
    [
      'a missing key',
      'elastic_ip: { allocation: eipalloc-0c15d2a7e94b86f03, address: 18.213.44.17 }',
      '',
      /^this key is missing; it must be a mapping$/,
    ],
    [
      'a bad volume id',
      'id: vol-01f9b3d6c74a8e520',
      'id: vol-1',
      /must be an id like vol-0860700f1b82314b5, not "vol-1"/,
    ],
    [
      'a device that is taken under its other name',
      '{ id: vol-00ee3a18d4b88bd2d, device: /dev/sde }',
      '{ id: vol-00ee3a18d4b88bd2d, device: sdd }',
      /^sdd is taken by another volume of this target$/,
    ],
    [
      'a group of groups where a host is listed',
      '{ file: inventory/cloud, section: cloud_aws }',
      '{ file: inventory/cloud, section: "cloud:children" }',
      /must be the name of a group that lists hosts, without :children or :vars, not "cloud:children"/,
    ],
    ['a bad address id', 'allocation: eipalloc-0c15d2a7e94b86f03', 'allocation: eip-3', /must be an id like eipalloc-/],
    ['a bad instance id', '# instance: i-04a9d1f5b7c2e6380', 'instance: i-XYZ #', /must be an id like i-0/],
    [
      'an unknown role',
      'role: frontend',
      'role: fronted',
      /must be one of frontend, backend, distgit, keygen, not "fronted"; did you mean "frontend"\?/,
    ],
    ['an unknown environment', 'environment: dev', 'environment: devel', /no environment "devel" in environments/],
    ['an unknown person', 'page: [dan]', 'page: [dam]', /no person "dam" in people; did you mean "dan"\?/],
    ['a person twice', 'approvers: [alice, bob, carol, dan]', 'approvers: [alice, bob, bob]', /bob stands twice/],
    [
      'a time without unit',
      'remind: 15m ',
      'remind: 15 ',
      /must be a time between 100ms and 1d, like 10s, 15m or 3d, not 15/,
    ],
    ['a time out of range', 'launch: 15m', 'launch: 3s', /must be a time between 10s and 1d.*not "3s"/],
    [
      'a number for a text',
      'image_owner: "125523088429"',
      'image_owner: 125523088429',
      /an account of 12 digits, in quotes, not 125523088429/,
    ],
    ['nothing', 'region: us-east-1', 'region:', /must be a region like us-east-1, not nothing/],
    [
      'a room for users that people work in',
      'tell: ["#buildsys:fedoraproject.org"]',
      'tell: ["#copr-work:fedora.im"]',
      /is a work room/,
    ],
    [
      'an announcement to a room that is none of theirs',
      'begins: { rooms: ["#buildsys:',
      'begins: { rooms: ["#build:',
      /isn't one of this environment's rooms.tell/,
    ],
    ['a volume twice', 'vol-00ee3a18d4b88bd2d', 'vol-0860700f1b82314b5', /vol-0860700f1b82314b5 stands twice/],
    [
      "another target's address",
      'address: 18.208.10.131',
      'address: 18.213.44.17',
      /18.213.44.17 stands in copr-fe-dev already/,
    ],
    ['a device twice', 'device: /dev/sde', 'device: /dev/sdd', /\/dev\/sdd is taken/],
    ['two of a role', 'role: keygen', 'role: distgit', /copr-dist-git-dev is the distgit of dev already/],
    [
      'a bind mount of nothing below',
      'bind: /srv/copr-fe/pgsqldb',
      'bind: /srv/copr',
      /must lie in a mount that stands below/,
    ],
    [
      'a mount by two things',
      'label: copr-fe }',
      'label: copr-fe, uuid: 6f1d2c3b-de0a-4e7a-8b5c-123456789abc }',
      /exactly one of label, uuid and bind/,
    ],
    [
      'a backend without temporary name',
      'temporary_host: copr-be-dev-temp.aws.fedoraproject.org',
      '',
      /a backend is provisioned under it beforehand/,
    ],
    [
      'a password in an address',
      'ssh://git@pagure.io/',
      'https://x:hunter2@pagure.io/',
      /must be an address that git takes, without password/,
    ],
    [
      'a secret host key',
      'ssh-ed25519 AAAA',
      '-----BEGIN OPENSSH PRIVATE KEY----- hunter2',
      /must be a public host key.*, not a private key, which has no place in this file/,
    ],
  ];

  it.each(cases)('%s', (_, from, to, sentence) => {
    const text = having(from, to);
    const problems = problemsOf(text);
    const found = problems.filter(problem => sentence.test(problem.sentence));
    expect(problems.map(problem => problem.sentence)).toEqual(
      expect.arrayContaining([expect.stringMatching(sentence)]),
    );
    // Where a key is missing the line is the one of what should hold it.
    const line = text.split('\n').findIndex((now, index) => now !== example.split('\n')[index]) + 1;
    const own = to === '' ? found : found.filter(one => Math.abs(one.line - line) <= 1);
    expect(own.length, JSON.stringify(problems)).toBeGreaterThan(0);
    expect(JSON.stringify(problems)).not.toContain('hunter2');
  });

  it.each([
    ['👍', '👍🏽', /approve and reject are the same emoji, 👍/u],
    ['👍', '👍\u{fe0f}', /approve and reject are the same emoji/],
    ['❌', undefined, /approve and reject are the same emoji/],
    ['\u{fe0f}', '❌', /nothing is left of this emoji/],
    ['✅', '🏽', /nothing is left of this emoji/u],
    ['✅', '✅\u{200d}', /approve and reject are the same emoji/],
    ['❌\u{200b}', '❌', /approve and reject are the same emoji/],
    ['❌\u{e0100}\u{2060}', undefined, /approve and reject are the same emoji/],
    ['👨‍⚖️', '👨⚖', /approve and reject are the same emoji/u],
    ['\u{200b}\u{fe0f}', '❌', /nothing is left of this emoji/],
    ['ok', 'OK', /approve and reject are the same emoji/],
    ['1️⃣', '１\u{20e3}', /approve and reject are the same emoji/u],
  ] as const)(
    'to approve with %s and to reject with %s, which mean the same or nothing',
    (approve, reject, sentence) => {
      const quoted = (key: string, emoji: string) => `  ${key}: "${emoji}"`;
      const lines = [quoted('approve', approve), ...(reject === undefined ? [] : [quoted('reject', reject)])];
      const text = example.replace(/^ {2}approve: .*\n {2}reject: .*$/mu, lines.join('\n'));
      expect(text).not.toBe(example);
      expect(problemsOf(text).map(problem => problem.sentence)).toEqual([expect.stringMatching(sentence)]);
    },
  );

  it('a duplicate account, of another person and on another line', () => {
    const text = having('matrix: "@carol:fedora.im"', 'matrix: "@bob:fedora.im"');
    expect(problemsOf(text)).toEqual([
      {
        line: lineOf(text, '  carol: {'),
        key: 'people.carol.accounts.matrix',
        sentence: "@bob:fedora.im is the account of bob already: two people can't share one",
      },
    ]);
  });

  it('a key that stands twice', () => {
    const text = having('  zone: us-east-1c', '  zone: us-east-1c\n  region: us-west-2');
    expect(problemsOf(text)).toEqual([
      {
        line: lineOf(text, '  region: us-west-2'),
        key: 'region',
        sentence: 'this key stands twice in its mapping: take one away',
      },
    ]);
  });

  it('a new AAAA record without what it is changed by', () => {
    const address = 'ipv6: 2600:1f18:8ee:ae00:9f14:2b07:6d3c:51aa\n';
    const text = having(address, `${address}    ipv6_moves: false\n`);
    expect(problemsOf(text)).toEqual([]);
    const line = lineOf(text, 'ipv6_moves: false');
    const key = 'targets.copr-fe-dev.ipv6_moves';
    const servers = 'servers: [152.19.134.139, 140.211.169.201]';
    const sentence = 'a new AAAA record needs dns.servers of this file, which answer with it: there are none';
    expect(problemsOf(text.replace(servers, 'servers: []'))).toEqual([{ line, key, sentence }]);
    const zone = /^ {2}zone: {10,}#[\s\S]*?(?=\nmail:)/m;
    expect(text).toMatch(zone);
    expect(problemsOf(text.replace(zone, ''))).toEqual([
      { line, key, sentence: 'a new AAAA record needs dns.zone of this file, which is missing' },
    ]);
    expect(problemsOf(text.replace('    name: aws.fedoraproject.org', '    name: copr.dev'))).toEqual([
      {
        line: lineOf(text, 'host: copr-fe-dev.aws'),
        key: 'targets.copr-fe-dev.host',
        sentence:
          "copr-fe-dev.aws.fedoraproject.org isn't in the zone copr.dev of dns.zone, where it gets a new AAAA record",
      },
    ]);
  });

  it('all at once, sorted by line, each with the file', () => {
    const text = having('type: t3a.medium', 'tpye: t3a.medium')
      .replace('poll: 5s', 'poll: soon')
      .replace('page: []', 'page: [eve]');
    const problems = problemsOf(text);
    expect(problems.map(problem => problem.key)).toEqual([
      'environments.dev.page[0]',
      'targets.copr-fe-dev.tpye',
      'timing.world.poll',
    ]);
    expect(() => parseEstate(text, 'my/estate.yaml')).toThrow(
      expect.objectContaining({
        code: 'bad-estate',
        message: expect.stringMatching(/^my\/estate.yaml, line \d+, environments.dev.page\[0\]: .*\n.*tpye.*\n.*poll/),
      }),
    );
  });

  it('what is no YAML, and a file that is not there', async () => {
    expect(problemsOf('aws: [\nx: 1\n')[0]).toMatchObject({ sentence: expect.stringMatching(/^this is no YAML: /) });
    expect(problemsOf('').map(problem => problem.key)).toContain('environments');
    await expect(readEstate('/nonexistent/estate.yaml')).rejects.toMatchObject({
      code: 'bad-estate',
      message: expect.stringContaining('there is no such file; estate.example.yaml shows'),
    });
  });
});

describe('any key of the example', () => {
  interface Place {
    readonly path: readonly string[];
    readonly parentLine: number;
    readonly line: number;
    readonly start: number;
  }
  const all: Place[] = [];
  const document: Document.Parsed = parseDocument(example);
  visit(document, {
    Pair(_, pair, ancestors) {
      if (!isScalar(pair.key) || pair.key.range == null) return;
      const above = ancestors.flatMap(one => ('key' in one && isScalar(one.key) ? [one.key] : []));
      const lineAt = (offset: number) => example.slice(0, offset).split('\n').length;
      all.push({
        path: [...above, pair.key].map(key => String(key.value)),
        parentLine: lineAt(above.at(-1)?.range?.[0] ?? 0),
        line: lineAt(pair.key.range[0]),
        start: pair.key.range[0],
      });
    },
  });
  /** Where it stands but for names: what goes for an environment or a person goes for the others, and for targets of a role. */
  const kindOf = (path: readonly string[]) => {
    const [section, name, ...rest] = path;
    if (section === undefined || !['environments', 'targets', 'people'].includes(section)) return path.join('.');
    return [section, document.getIn([section, name, 'role']) ?? '', ...rest].join('.');
  };
  const places = [...new Map(all.map(place => [kindOf(place.path), place])).values()];
  /** Names that are made by the file itself: a change of one shows where it is used. */
  const isName = (path: readonly string[]) =>
    (path.length === 2 && ['environments', 'targets', 'people'].includes(path[0] ?? '')) || path.at(-2) === 'tags';

  it('misspelt gives an error at its line that offers the right one', () => {
    expect(all.length).toBeGreaterThan(300);
    expect(places.length).toBeGreaterThan(200);
    for (const [nth, place] of places.filter(({ path }) => !isName(path)).entries()) {
      const key = place.path.at(-1) ?? '';
      const at = 1 + (nth % Math.max(1, key.length - 1));
      const wrong = `${key.slice(0, at)}x${key.slice(at)}`;
      const text = example.slice(0, place.start) + wrong + example.slice(place.start + key.length);
      const own = problemsOf(text).filter(one => one.line === place.line && one.key.endsWith(wrong));
      expect(own.map(one => one.sentence)).toEqual([`there is no key "${wrong}" here; did you mean "${key}"?`]);
    }
  });

  const sections = [...new Set(places.map(({ path }) => path[0] ?? ''))];
  let wrong = 0;

  it.each(sections)(
    'taken away gives an error at the line of what holds it, or a default that is right: %s',
    section => {
      for (const { path } of places.filter(place => place.path[0] === section)) {
        // Keys inside lists of mappings are reached by their line instead.
        if (!isMap(document.getIn(path.slice(0, -1))) && path.length > 1) continue;
        const copy = document.clone();
        copy.deleteIn(path);
        const text = copy.toString({ lineWidth: 0 });
        const problems = problemsOf(text);
        if (problems.length === 0) continue;
        wrong += 1;
        const key = path.at(-1) ?? '';
        const about = problems.filter(
          one =>
            one.key.endsWith(key) ||
            one.sentence.includes(key) ||
            one.sentence.includes('missing') ||
            one.sentence.includes('no account'),
        );
        expect(about.length, `${path.join('.')}: ${JSON.stringify(problems)}`).toBeGreaterThan(0);
        const missing = problems.find(
          one => one.key === path.join('.') && one.sentence.startsWith('this key is missing'),
        );
        if (missing !== undefined && path.length > 1) {
          const holder = text.split('\n')[missing.line - 1] ?? '';
          expect(holder).toContain(`${path.at(-2)}:`);
        }
      }
    },
  );

  it('is missed more than sixty times', () => expect(wrong).toBeGreaterThan(60));
});
