import { afterAll, beforeAll, expect, test } from 'vitest';
import { type SeededName, seededTargets } from '#sim/ec2/seeded-targets.ts';
import { watchCalls } from '../iam/watch-calls.ts';
import { expectGated, expectOnce, expectOrderly, expectUndisturbed } from './effects.ts';
import { Flight } from './flight.ts';
import { expectInventory, expectNothingLeft, expectRetired, expectUpgraded, type World } from './landed.ts';

const all = Object.keys(seededTargets) as SeededName[];
const environments = ['dev', 'prod'] as const;

let flight: Flight;
let before: World;
let calls: ReturnType<typeof watchCalls>;
let upgraded: World;
const upgrades: string[] = [];
const retirements: string[] = [];

beforeAll(async () => {
  flight = await Flight.start();
  calls = watchCalls(flight.simulator.kernel);
  before = flight.world();
  for (const what of environments) upgrades.push(await flight.proposes('alice', `!upgrade ${what}`));
  await Promise.all(upgrades.map(run => flight.flies(run)));
  upgraded = flight.world();
  for (const what of environments) retirements.push(await flight.proposes('carol', `!retire ${what}`));
  await Promise.all(retirements.map(run => flight.flies(run)));
}, 300_000);
afterAll(() => flight.stop());

test.each(all)('%s is upgraded in the outage of its whole environment', target => {
  expectUpgraded(upgraded, target);
});

test.each(all)('%s is retired with its whole environment', target => {
  expectRetired(flight.world(), target);
});

test('the inventory is byte for byte what it was, but for the private addresses of the backends', () => {
  expectInventory(before, upgraded, all);
});

test('a temporary volume is deleted, and nothing else is left over', () => {
  expectNothingLeft(before, flight.world());
});

test('both environments go side by side without a halt, drift or question', async () => {
  for (const run of [...upgrades, ...retirements]) expectUndisturbed(await flight.entries(run));
  expect(flight.logged).toEqual([]);
});

test('each change is made once, and none behind a gate before its approval', async () => {
  expectOnce(flight.effects());
  expectGated(flight.effects(), flight.approved);
  for (const run of [...upgrades, ...retirements]) expectOrderly(await flight.entries(run));
});

test('users are told when the outage begins and when it is over, once each, without an id or an address', async () => {
  const told = (await flight.said('fedora-buildsys')).map(one => one.text);
  for (const name of ['Fedora Copr (dev)', 'Fedora Copr']) {
    expect(told.filter(text => text.startsWith(`${name}: the outage for the upgrade begins now.`))).toHaveLength(1);
    expect(told.filter(text => text.startsWith(`${name} is back: web, API, builds and repositories`))).toHaveLength(1);
  }
  expect(told).toHaveLength(4);
  expect(told.filter(text => /\b(i-|vol-|eni-)[0-9a-f]{8}|\d+\.\d+\.\d+\.\d+/.test(text))).toEqual([]);
});

test('the topic says that an outage is on while it is, and is then what it was', async () => {
  const topics = flight.effects().flatMap(effect => {
    const { type, content } = effect.args as { type?: string; content?: { topic?: string } };
    return effect.service === 'matrix' && type === 'm.room.topic' ? [content?.topic ?? ''] : [];
  });
  const was = before.rooms.find(room => room.key === 'fedora-buildsys')?.topic;
  expect(topics.filter(topic => /OUTAGE NOW: Fedora Copr:/.test(topic))).toHaveLength(1);
  expect(flight.world().rooms.find(room => room.key === 'fedora-buildsys')?.topic).toBe(was);
});

test('the lists are told of prod once, and never of dev', () => {
  const { mails } = flight.world();
  expect(mails.map(mail => mail.to).sort()).toEqual([
    ['copr-devel@lists.fedorahosted.org'],
    ['devel@lists.fedoraproject.org'],
  ]);
  for (const mail of mails) expect(mail.subject).toBe('Fedora Copr is upgraded, the outage is over');
});

test('the work room hears of each run once: start, requests, begin, over, end', async () => {
  const said = await flight.said();
  for (const run of upgrades) {
    const mine = said.filter(one => one.card.run === run && one.thread === undefined);
    // The live message shows its last state, the end too.
    const texts = mine.filter(one => one.card.kind !== 'live').map(one => one.text);
    expect(mine.filter(one => one.card.kind === 'start')).toHaveLength(1);
    const requests = mine.filter(one => one.card.kind === 'request');
    expect(requests.map(one => one.card.state)).toEqual(['approved', 'approved', 'approved']);
    const approved = said.filter(one => one.card.run === run && one.card.state === 'approved');
    expect(
      approved.filter(one => one.thread !== undefined).map(one => /approved ([A-Z, ]+) of/.exec(one.text)?.[1]),
    ).toEqual(['LIVE', 'OUTAGE, STORAGE, ADDRESS', 'DATABASE']);
    expect(texts.filter(text => text.startsWith(`OUTAGE begins: ${run}`))).toHaveLength(1);
    expect(texts.filter(text => text.startsWith(`Over: ${run}`))).toHaveLength(1);
    expect(texts.filter(text => text.startsWith(`${run} has ended: done.`))).toHaveLength(1);
    expect(mine.filter(one => one.card.kind === 'halt')).toEqual([]);
  }
});

test('a request of a whole environment is judged in one screen: at most 14 short lines before every change and the way back', async () => {
  const requests = (await flight.said()).filter(one => one.card.kind === 'request' && one.thread === undefined);
  const upgrading = requests.filter(one => upgrades.includes(one.card.run ?? ''));
  expect(upgrading).toHaveLength(6);
  for (const { text } of upgrading) {
    // What became of it stands above its own words.
    const [closed, ...lines] = text.split('\n');
    expect(closed).toMatch(/^APPROVED by bob, /);
    const screen = lines.slice(
      0,
      lines.findIndex(line => /^(What is kept|Every change with its ids \(\d+\)):$/.test(line)),
    );
    expect(screen.length).toBeGreaterThan(4);
    expect(screen.length, screen.join('\n')).toBeLessThanOrEqual(14);
    for (const line of screen) expect(line.length, line).toBeLessThanOrEqual(90);
  }
});

test('what a playbook would change on the live keygen is shown in the thread before it is played', async () => {
  const said = await flight.said();
  for (const target of ['copr-be', 'copr-be-dev']) {
    const shown = said.find(one =>
      one.text.startsWith(`${target}, allow-new-address: groups/copr-keygen.yml would change`),
    );
    expect(shown?.thread).toBeDefined();
    expect(shown?.text).toMatch(/\/etc\/sysconfig\/nftables\.conf\n {4}\+.*172\.30\.2\.\d+/);
  }
});

test('docs/aws-iam-policy.json allows every call to EC2 that these runs made', () => {
  expect(calls.denied).toEqual([]);
  for (const action of ['RunInstances', 'CreateVolume', 'DeleteVolume', 'CreateTags', 'TerminateInstances'])
    expect(calls.actions).toContain(action);
});
