import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Run } from '#core/run.ts';
import { seededTargets } from '#sim/ec2/seeded-targets.ts';
import { watchCalls } from '../iam/watch-calls.ts';
import { Flight } from './flight.ts';
import { differences, outline } from './world-as-before.ts';

/**
 * Where each role's target of a run of a whole environment stops, and turns back: from the first step of its outage to the
 * last that can be undone. Each way back undoes all the steps before it, so every step of every role is undone here.
 */
const stops = [
  { backend: 'drain-builders', frontend: 'stop-services', distgit: 'finish-work', keygen: 'move-address' },
  { backend: 'unmount-data', frontend: 'copy-root-state', distgit: 'detach-data', keygen: 'provision' },
  { backend: 'provision', frontend: 'mount-data', distgit: 'enable-services', keygen: 'switch-signing' },
] as const;
const ways = (['dev', 'prod'] as const).flatMap(environment => stops.map(stop => ({ environment, ...stop })));

let flight: Flight;
let before: ReturnType<typeof outline>;
let calls: ReturnType<typeof watchCalls>;

beforeAll(async () => {
  flight = await Flight.start();
  before = outline(flight);
  calls = watchCalls(flight.simulator.kernel);
});
afterAll(() => flight.stop());

function halted(run: Run, keys: readonly string[]): boolean {
  const steps = Object.values(run.steps);
  return keys.every(key => run.steps[key]?.status === 'halted') && steps.every(step => step.status !== 'running');
}

/** Flies until the steps have halted after all their changes, turns back, and waits until everybody was told. */
async function thereAndBack(upgrade: string, keys: readonly string[]): Promise<Run> {
  for (const key of keys) flight.halting.add(key);
  const id = await flight.proposes('alice', `!upgrade ${upgrade}`);
  await flight.flies(id, run => halted(run, keys));
  await flight.person('alice').says(`!rollback ${id}`);
  const run = await flight.flies(id);
  for (const key of keys) flight.halting.delete(key);
  await flight.until(
    'all told',
    async () => Object.values((await flight.run(id)).owed).every(one => one.told) || undefined,
  );
  return run;
}

/** Builders come back by themselves, a moment later. */
async function expectAsBefore(): Promise<void> {
  await expect.poll(() => differences(before, outline(flight)), { timeout: 5_000 }).toEqual([]);
}

const keygenDev = seededTargets['copr-keygen-dev'].instance;

/** Plays of keygen's packet filter since a sequence number, seen on batcave01. */
function playsOfKeygen(since: number): unknown[] {
  return flight.simulator.kernel.calls.filter(
    ({ seq, args }) =>
      seq > since &&
      /rbac-playbook.*copr-keygen.*iptables/.test(JSON.stringify(args)) &&
      !/--check/.test(JSON.stringify(args)),
  );
}

/** Topics that rooms had, in order. */
function topicsSet(): string[] {
  return flight.effects().flatMap(({ service, args }) => {
    const { type, content } = args as { type?: string; content?: { topic?: string } };
    return service === 'matrix' && type === 'm.room.topic' ? [content?.topic ?? ''] : [];
  });
}

test.each(ways)(
  '$environment, from $backend, $frontend, $distgit and $keygen: all is as it was after !rollback',
  async ({ environment, ...stop }) => {
    const targets = Object.entries(seededTargets).filter(([, one]) => one.environment === environment);
    const run = await thereAndBack(
      environment,
      targets.map(([target, { role }]) => `${target}/${stop[role]}`),
    );
    expect(run.ended?.outcome).toBe('rolled-back');
    expect(run.requests, 'the way back was in what was approved').toHaveLength(3);
    expect(run.notes).toEqual([]);
    await expectAsBefore();
  },
  200_000,
);

test('copr-be-dev: after the settle window too !rollback from quiet-old brings everything back, keygen’s filter included', async () => {
  const since = flight.seq;
  const run = await thereAndBack('copr-be-dev', ['copr-be-dev/quiet-old']);
  expect(run.ended?.outcome).toBe('rolled-back');
  await expectAsBefore();
  const { old } = (run.facts['copr-be-dev']?.facts ?? {}) as { old?: { privateIp: string } };
  const launched = run.steps['copr-be-dev/launch-instance']?.outputs?.privateIp;
  // LIVE, drop-old-address, and the way back of both.
  expect(playsOfKeygen(since)).toHaveLength(4);
  const rules = JSON.stringify(flight.simulator.kernel.state.hosts[keygenDev]);
  expect(rules).toContain(String(old?.privateIp));
  expect(rules).not.toContain(String(launched));
}, 200_000);

test('in the settle window !rollback is an outage like any other: announced, seen, checked, and only then "back"', async () => {
  const id = await flight.proposes('alice', '!upgrade copr-keygen');
  await flight.flies(id, run => run.window !== undefined, { settles: false });
  await flight.shows(
    /^Over: .*\nBoth instances are kept as they are until .*: until then !rollback prod-\d+, .* ends that time\./,
  );
  const told = (await flight.said('fedora-buildsys')).length;
  const topics = topicsSet();
  const since = flight.seq;
  await flight.person('alice').says(`!rollback ${id}`);
  const run = await flight.flies(id);
  expect(run.ended?.outcome).toBe('rolled-back');
  await flight.until(
    'all told',
    async () => Object.values((await flight.run(id)).owed).every(one => one.told) || undefined,
  );
  const news = (await flight.said('fedora-buildsys')).slice(told).map(one => one.text);
  expect(news).toEqual([
    expect.stringMatching(/^Fedora Copr: another outage begins now: we go back .* builds\./),
    expect.stringMatching(/^Fedora Copr is back, on the system from before the upgrade: builds, after \d+ min\.$/),
  ]);
  expect(
    topicsSet()
      .slice(topics.length)
      .filter(topic => topic.includes('OUTAGE NOW')),
  ).toHaveLength(1);
  // Builds were stopped on the live backend only after users were told, and they heard "back" after the old keygen was asked.
  const effects = flight.effects(since);
  const tell = effects.findIndex(one => JSON.stringify(one.args).includes('another outage begins now'));
  const held = effects.findIndex(one => one.action === 'unit-stopped');
  expect(tell).toBeGreaterThanOrEqual(0);
  expect(held).toBeGreaterThan(tell);
  const entries = await flight.entries(id);
  const at = (step: string) => entries.findIndex(entry => entry.type === 'finished' && entry.step === step);
  expect(at('run/announce-back')).toBeGreaterThan(at('copr-keygen/check-old'));
  await flight.shows(/^Over: .* is back on the old instance, checked there\./);
  await flight.shows(
    new RegExp(
      `^${id} has ended: rolled back\\.\nKept of copr-keygen until !retire copr-keygen: i-\\w+ \\(stopped\\); snapshots snap-`,
    ),
  );
  await expectAsBefore();
  // What is kept goes by a retirement, though there is no old instance.
  const retirement = await flight.proposes('alice', '!retire copr-keygen');
  expect((await flight.flies(retirement)).ended?.outcome).toBe('done');
  const kept = flight.world().instances.filter(one => JSON.stringify(one.Tags).includes('copr-keygen-prod-new'));
  expect(kept.map(one => one.State.Name)).not.toContain('stopped');
  before = outline(flight);
}, 300_000);

test('one target turns back alone while the others go on', async () => {
  const key = 'copr-dist-git-dev/mount-data';
  flight.halting.add(key);
  const id = await flight.proposes('alice', '!upgrade copr-dist-git-dev copr-keygen-dev');
  await flight.flies(id, run => halted(run, [key]));
  await flight.person('alice').says('!rollback copr-dist-git-dev');
  const run = await flight.flies(id);
  flight.halting.delete(key);
  expect(run.ended?.outcome).toBe('done');
  expect(run.turned).toEqual({ 'copr-dist-git-dev': 'rollback' });
  // It held the builds for both: they go on when keygen is back, too.
  const entries = await flight.entries(id);
  const at = (step: string) => entries.findIndex(entry => entry.type === 'finished' && entry.step === step);
  expect(at('copr-dist-git-dev/undo-hold-builds')).toBeGreaterThan(at('copr-keygen-dev/check-service'));
  const left = differences(before, outline(flight)).filter(line => /i-0b52c8e76d1f3a904|3\.91\.126\.88/.test(line));
  expect(left).toEqual([]);
  before = outline(flight);
}, 300_000);

test('!cancel before the outage undoes all that was prepared', async () => {
  const id = await flight.proposes('alice', '!upgrade copr-be copr-fe');
  await flight.flies(id, run => flight.waitsForStart(run), { starts: false });
  await flight.person('bob').says(`!cancel ${id} because not today`);
  const { ended, uid } = await flight.flies(id);
  expect(ended?.outcome).toBe('cancelled');
  await expectAsBefore();
  // Its snapshots are kept, tagged, and go with what it launched, once a second person agrees.
  const mine = () =>
    Object.values(flight.simulator.kernel.state.snapshots).filter(one => JSON.stringify(one.Tags).includes(`"${uid}.`));
  const kept = mine().length;
  expect(kept).toBeGreaterThan(1);
  expect(mine().filter(one => JSON.stringify(one.Tags).includes('"turned-back"'))).toHaveLength(kept);
  const retirement = await flight.proposes('alice', '!retire copr-be copr-fe');
  expect((await flight.flies(retirement)).ended?.outcome).toBe('done');
  expect(mine()).toEqual([]);
}, 300_000);

test('docs/aws-iam-policy.json allows every call to EC2 of these ways there and back', () => {
  expect(calls.denied).toEqual([]);
  expect(calls.actions).toContain('AssociateAddress');
});
