import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AttachVolumeCommand, CreateVolumeCommand, DetachVolumeCommand, EC2Client } from '@aws-sdk/client-ec2';
import { NodeSSH } from 'node-ssh';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededTargets } from '#sim/ec2/seeded-targets.ts';
import { expectGated, expectOnce } from './effects.ts';
import { Flight } from './flight.ts';
import { expectUpgraded } from './landed.ts';

let flight: Flight;

beforeAll(async () => {
  // Facts count as old after a while of store time, which the tests move on; a lost reply is waited for, but not long.
  flight = await Flight.start({ reply: 1_000 });
});
afterAll(() => flight.stop());

/** Somebody on batcave01, with an ordinary SSH client. */
async function byHand(command: string): Promise<number | null> {
  const { hosts, ssh } = JSON.parse(readFileSync(join(flight.dir, 'world.json'), 'utf8')) as {
    hosts: Record<string, { address: string; port: number }>;
    ssh: { keyFile: string };
  };
  const { user } = flight.estate.batcave;
  const client = new NodeSSH();
  const at = hosts.batcave01;
  await client.connect({
    host: at?.address ?? '',
    port: at?.port ?? 0,
    username: user,
    privateKeyPath: ssh.keyFile,
  });
  try {
    return (await client.execCommand(command)).code;
  } finally {
    client.dispose();
  }
}

/** Somebody in the AWS console, so to say. */
function ec2Client(): EC2Client {
  const { ec2, aws } = JSON.parse(readFileSync(join(flight.dir, 'world.json'), 'utf8')) as {
    ec2: string;
    aws: { region: string; accessKeyId: string; secretAccessKey: string };
  };
  return new EC2Client({ endpoint: ec2, region: aws.region, credentials: aws });
}

function volumeState(id: string): string | undefined {
  return flight.simulator.kernel.state.volumes[id]?.State;
}

test('a playbook that fails twice is mended by hand, and !done goes on once a second person agrees', async () => {
  const play = 'copr-keygen-dev/enable-services';
  const attaching = flight.breaks({ service: 'ec2', action: 'AttachVolume' }, 'hold-before');
  const id = await flight.proposes('alice', '!upgrade copr-keygen-dev');
  await flight.flies(id, run => run.changes['copr-keygen-dev/attach-data/0']?.outcome === 'intended');
  flight.breaks({ service: 'ssh', action: 'rbac-playbook' }, 'fail', 2);
  flight.mends(attaching);
  await flight.flies(id, run => run.steps[play]?.status === 'halted', { halts: true });
  await flight.shows(/HALTED: .*copr-keygen-dev, enable-services/);
  await flight.person('bob').says('!retry copr-keygen-dev');
  const halted = await flight.flies(id, run => run.steps[play]?.halts === 2, { halts: true });
  const asked = halted.requests.length;
  const code = await byHand('sudo rbac-playbook -l copr-keygen-dev.aws.fedoraproject.org groups/copr-keygen.yml');
  expect(code).toBe(0);
  await flight.person('bob').says('!done copr-keygen-dev enable-services because played it by hand');
  const request = await flight.shows(/Approve BY HAND: copr-keygen-dev\/enable-services/);
  expect(request.text).toMatch(/Read of it:\n[\s\S]*4 of 4 units run\n.*copr-keygen 2/);
  expect(request.text).toMatch(
    /played on batcave01: groups\/copr-keygen.yml for copr-keygen-dev.aws.fedoraproject.org, by \w+, until [\d-]+ [\d:]+ UTC: ok=\d+ changed=\d+ unreachable=0 failed=0 /,
  );
  expect(request.text.match(/played on batcave01/g), 'what Ferry played itself is not by hand').toHaveLength(1);
  expect(request.text).toMatch(/Can't be read back.*\n {2}play groups\/copr-keygen.yml/);
  const run = await flight.flies(id, undefined, { halts: true, approver: 'carol' });
  expect(run.ended?.outcome).toBe('done');
  expect(run.requests).toHaveLength(asked + 1);
  await flight.shows(/(carol|dan) agreed that bob did it by hand. Going on/);
  expectUpgraded(flight.world(), 'copr-keygen-dev');
}, 300_000);

test('throttled AWS, no capacity at first, a busy volume, hosts that hang or see no IPv6, replies lost: all is done, once', async () => {
  const since = flight.seq;
  flight.breaks({ service: 'ec2' }, 'throttled', 5);
  flight.breaks({ service: 'ec2', action: 'RunInstances' }, 'capacity', 2);
  flight.breaks({ service: 'ec2', action: 'CreateSnapshot' }, 'reply-lost');
  flight.breaks({ service: 'ec2', action: 'AssociateAddress' }, 'reply-lost');
  flight.breaks({ service: 'ec2', action: 'DetachVolume' }, 'busy');
  flight.breaks({ service: 'ec2', action: 'AttachVolume' }, 'reply-lost');
  flight.breaks({ service: 'git', action: 'push' }, 'reply-lost');
  flight.breaks({ service: 'ssh', action: 'umount' }, 'reply-lost');
  // A host that doesn't answer: given up after the half minute that a look may take, and asked again.
  flight.breaks({ service: 'ssh', action: 'read', contains: 'findmnt' }, 'hang');
  // Nobody notices a new address by itself.
  const unseen = flight.breaks({ service: 'host', action: 'notice-ipv6' }, 'drop', 1_000);
  const id = await flight.proposes('alice', '!upgrade copr-keygen');
  const run = await flight.flies(id);
  flight.mends(unseen);
  expect(run.ended?.outcome).toBe('done');
  const left = flight.simulator.kernel.faults.filter(fault => fault.left > 0).map(fault => fault.match);
  expect(left).toEqual([]);
  const entries = await flight.entries(id);
  expect(entries.filter(entry => entry.type === 'unknown').length).toBeGreaterThanOrEqual(3);
  expectUpgraded(flight.world(), 'copr-keygen');
  expect(flight.effects(since).filter(one => one.action === 'connection-up')).toMatchObject([
    { args: { ipv6: [seededTargets['copr-keygen'].ipv6] } },
  ]);
  expectOnce(flight.effects(since));
  expectGated(flight.effects(since), flight.approved);
}, 300_000);

test('chat may be away in the outage: the run goes on, and what it has to say is said once when chat is back', async () => {
  const stopping = flight.breaks({ service: 'ssh', action: 'sh', contains: 'systemctl' }, 'hold-before');
  const id = await flight.proposes('alice', '!upgrade copr-dist-git-dev');
  await flight.flies(id, run => run.outageBegun);
  const away = flight.breaks({ service: 'matrix' }, 'drop', 100_000);
  flight.mends(stopping);
  const run = await flight.flies(id);
  expect(run.ended?.outcome).toBe('done');
  flight.mends(away);
  const owed = [`OUTAGE begins: ${id}`, `Over: ${id}`, `${id} has ended`];
  for (const one of owed) await flight.shows(new RegExp(`^${one}`));
  const texts = (await flight.said()).map(one => one.text);
  for (const once of owed)
    expect(
      texts.filter(text => text.startsWith(once)),
      once,
    ).toHaveLength(1);
  expectUpgraded(flight.world(), 'copr-dist-git-dev');
}, 300_000);

test('an approver who left the room between approval and !start no longer counts; another one does', async () => {
  const id = await flight.proposes('alice', '!upgrade copr-dist-git');
  await flight.flies(id, run => flight.waitsForStart(run), { starts: false });
  const bob = flight.person('bob').account;
  await bob.leaves(flight.room('work'));
  const since = flight.seq;
  await flight.begins(id);
  await flight.shows(new RegExp(`${id} can't start`));
  expect((await flight.run(id)).outageBegun).toBeUndefined();
  expect(flight.effects(since).filter(effect => effect.service !== 'matrix')).toEqual([]);
  await flight.person('alice').account.does('invite', flight.room('work'), bob.userId);
  await bob.joins(flight.room('work'));
  await flight.person('alice').says(`!ask ${id}`);
  const run = await flight.flies(id, undefined, { approver: 'carol' });
  expect(run.ended?.outcome).toBe('done');
}, 300_000);

test('another plan than the one approved is void: the difference is shown, and it is asked for again', async () => {
  const id = await flight.proposes('alice', '!upgrade copr-be');
  await flight.flies(id, run => flight.waitsForStart(run), { starts: false });
  // Somebody starts one more timer on the live host, and time goes by.
  const { instance } = seededTargets['copr-be'];
  const hosts = flight.simulator.kernel.state.hosts as Record<string, { units: Record<string, object> }>;
  const units = hosts[instance]?.units ?? {};
  units['copr-report.timer'] = { ...units['fstrim.timer'] };
  await flight.advance(20 * 60_000);
  await flight.begins(id);
  const asked = await flight.flies(id, run => run.requests.some(one => one.status === 'void'), { starts: false });
  const difference = asked.requests.find(one => one.status === 'void')?.difference.join('\n');
  expect(difference).toMatch(/copr-be\/stop-services: now: .*copr-report.timer/);
  expect(asked.outageBegun).toBeUndefined();
  expect((await flight.flies(id)).ended?.outcome).toBe('done');
}, 300_000);

test('a volume that somebody attached meanwhile keeps the outage from beginning, until it is gone', async () => {
  const id = await flight.proposes('alice', '!upgrade copr-fe');
  await flight.flies(id, run => flight.waitsForStart(run), { starts: false });
  const somebody = ec2Client();
  const zone = flight.estate.aws.zone;
  const { VolumeId = '' } = await somebody.send(new CreateVolumeCommand({ AvailabilityZone: zone, Size: 1 }));
  const at = { VolumeId, InstanceId: seededTargets['copr-fe'].instance, Device: '/dev/sdz' };
  await flight.until('a volume', async () => (volumeState(VolumeId) === 'available' ? true : undefined));
  await somebody.send(new AttachVolumeCommand(at));
  await flight.advance(20 * 60_000);
  await flight.begins(id);
  await flight.shows(new RegExp(`HALTED: ${id}, copr-fe[^]*${VolumeId}`));
  expect((await flight.run(id)).outageBegun).toBeUndefined();
  await somebody.send(new DetachVolumeCommand(at));
  await flight.until('it is off', async () => (volumeState(VolumeId) === 'available' ? true : undefined));
  somebody.destroy();
  await flight.person('alice').says(`!retry ${id}`);
  expect((await flight.flies(id, undefined, { halts: true })).ended?.outcome).toBe('done');
}, 300_000);
