import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Run } from '#core/run.ts';
import { aaaaOf } from '#core/zone/zone-edit.ts';
import { DnsRepo, dnsZone } from '#sim/git/dns-repo.ts';
import { expectGated, expectOnce, expectUndisturbed } from './effects.ts';
import { Flight } from './flight.ts';
import { named, type World } from './landed.ts';
import { differences, outline } from './world-as-before.ts';

/** A target whose IPv6 address doesn't move: a new AAAA record instead. */
const target = 'copr-keygen-dev';
const host = `${target}.aws.fedoraproject.org`;
const key = `AAAA ${host}`;
const old = '2600:1f18:8ee:ae00:d05e:7f61:3ac8:94b2';
const uuid = '6f1d2c3b-de0a-4e7a-8b5c-5f7c3e1b98d2';
const place = { zone: dnsZone.name, file: dnsZone.file, name: host };

type Dns = ReturnType<typeof outline>['dns'] & {
  readonly served: Record<string, { records: Record<string, string[]>; ttls: Record<string, number> }>;
};

let flight: Flight;
let before: ReturnType<typeof outline>;
const dns = () => (flight.world() as unknown as { readonly dns: Dns }).dns;

beforeAll(async () => {
  flight = await Flight.start({
    estate: text =>
      text
        .replace(`ipv6: ${old}\n`, `ipv6: ${old}\n    ipv6_moves: false\n`)
        // As people write it, and AWS may echo it.
        .replace('vol-0e7a35d9c1b8f4062, device: /dev/sdf', 'vol-0e7a35d9c1b8f4062, device: sdf')
        // Its file system is named by its UUID, there and on the way back.
        .replace('path: /var/lib/copr-keygen, label: copr-keygen', `path: /var/lib/copr-keygen, uuid: ${uuid}`),
  });
  expect(flight.estate.targets[target]?.volumes).toMatchObject([{ device: 'sdf' }]);
  expect(flight.estate.targets[target]?.mounts).toEqual([{ path: '/var/lib/copr-keygen', uuid }]);
  expect(flight.estate.targets[target]?.ipv6Moves).toBe(false);
  before = outline(flight);
});
afterAll(() => flight.stop());

/** What each name server answers for the target, and for how long. */
function answers(): unknown {
  return Object.values(dns().served).map(({ records, ttls }) => [records[key], ttls[key]]);
}

test('!cancel before the outage gives the record its TTL back', async () => {
  const id = await flight.proposes('alice', `!upgrade ${target}`);
  await flight.flies(id, run => flight.waitsForStart(run), { starts: false });
  expect(answers()).toEqual([
    [[old], 60],
    [[old], 60],
  ]);
  await flight.person('alice').says(`!cancel ${id} because not today`);
  expect((await flight.flies(id)).ended?.outcome).toBe('cancelled');
  await expect.poll(() => differences(before, outline(flight)), { timeout: 5_000 }).toEqual([]);
}, 300_000);

test('from its last step !rollback brings the record, its TTL and aws_ipv6_addr back', async () => {
  const last = `${target}/restore-dns-ttl`;
  flight.halting.add(last);
  const id = await flight.proposes('alice', `!upgrade ${target}`);
  const there = (run: Run) =>
    run.steps[last]?.status === 'halted' && run.steps[`${target}/quiet-old`]?.status === 'done';
  await flight.flies(id, there);
  const { ipv6 } = newAddress(flight.world(), 'copr-keygen-dev');
  expect(answers()).toEqual([
    [[ipv6], 3600],
    [[ipv6], 3600],
  ]);
  await flight.person('alice').says(`!rollback ${id}`);
  const run = await flight.flies(id);
  flight.halting.delete(last);
  expect(run.ended?.outcome).toBe('rolled-back');
  expect(run.notes).toEqual([]);
  await flight.until(
    'all told',
    async () => Object.values((await flight.run(id)).owed).every(one => one.told) || undefined,
  );
  await expect.poll(() => differences(before, outline(flight)), { timeout: 5_000 }).toEqual([]);
}, 300_000);

test('is upgraded: another address of its own, in the zone, on every name server and in the inventory', async () => {
  const seq = flight.seq;
  const id = await flight.proposes('alice', `!upgrade ${target}`);
  const run = await flight.flies(id);
  expect(run.ended?.outcome).toBe('done');
  expectUndisturbed(await flight.entries(id));
  expectOnce(flight.effects(seq));
  expectGated(
    flight.effects(seq),
    flight.approved.filter(one => one.run === id),
  );
  const world = flight.world();
  const { instance, ipv6 } = newAddress(world, 'copr-keygen-dev');
  expect(ipv6).not.toBe(old);
  expect(answers()).toEqual([
    [[ipv6], 3600],
    [[ipv6], 3600],
  ]);
  expect(aaaaOf(dns().files[dnsZone.file] ?? '', place)).toMatchObject({ address: ipv6, ttl: null });
  expect(world.inventory['inventory/group_vars/copr_keygen_dev_aws']).toContain(`aws_ipv6_addr: "${ipv6}/128"`);
  expect(run.facts[target]?.facts).toMatchObject({ aaaa: { address: old, ttl: null, seconds: 3600 }, ipv6: null });
  expect(flight.world().hosts[instance]?.ipv6).toEqual([ipv6]);
  const oldInstance = named(world, 'copr-keygen-dev-old');
  expect(oldInstance.NetworkInterfaces.flatMap(card => card.Ipv6Addresses.map(six => six.Ipv6Address))).toEqual([old]);
}, 300_000);

test('the commit that changes the record says who asked and who approved', async () => {
  const { kernel } = flight.simulator;
  const messages = DnsRepo.open(kernel, { dir: flight.dir })
    .log()
    .map(commit => commit.message);
  const changed = messages.filter(message => /the AAAA record names i-\w+$/m.test(message));
  // Of two runs, with what do-domains built.
  expect(changed).toHaveLength(4);
  for (const message of changed) expect(message).toMatch(/Ferry, run dev-\d+, asked by alice\. Approved by bob\./);
});

test('the old instance is retired with the address that nobody is sent to any more', async () => {
  const id = await flight.proposes('carol', `!retire ${target}`);
  expect((await flight.flies(id)).ended?.outcome).toBe('done');
}, 300_000);

/** The one that has the target's name, and its IPv6 address. */
function newAddress(world: World, name: string): { readonly instance: string; readonly ipv6: string | undefined } {
  const is = named(world, name);
  return { instance: is.InstanceId, ipv6: is.NetworkInterfaces[0]?.Ipv6Addresses[0]?.Ipv6Address };
}
