import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectGated, expectOnce } from './effects.ts';
import { Flight } from './flight.ts';
import { expectUpgraded } from './landed.ts';

let flight: Flight;

beforeAll(async () => {
  flight = await Flight.start({ reply: 1_000 });
});
afterAll(() => flight.stop());

test('describes that are behind, things that are not there or in another state once, a torn console: nobody is called', async () => {
  const since = flight.seq;
  const ec2 = (action: string, kind: Parameters<Flight['breaks']>[1], times = 1) =>
    flight.breaks({ service: 'ec2', action }, kind, times);
  ec2('GetConsoleOutput', 'torn');
  for (const action of ['DescribeVolumes', 'DescribeInstances', 'DescribeAddresses']) ec2(action, 'not-found');
  ec2('DetachVolume', 'incorrect-state');
  ec2('AttachVolume', 'in-use');
  ec2('AttachVolume', 'not-found');
  ec2('AssociateAddress', 'incorrect-state');
  ec2('DetachVolume', 'not-found');
  const id = await flight.proposes('alice', '!upgrade copr-keygen-dev');
  await flight.flies(id, run => flight.waitsForStart(run), { starts: false });
  for (const action of ['DescribeVolumes', 'DescribeInstances', 'DescribeAddresses']) {
    ec2(action, 'not-found');
    ec2(action, 'stale', 2);
  }
  // After the detachment: what is described is the state before it.
  await flight.flies(id, run => run.changes['copr-keygen-dev/detach-data/0']?.outcome !== 'none');
  ec2('DescribeVolumes', 'stale', 2);
  await flight.flies(id, run => run.changes['copr-keygen-dev/attach-data/0']?.outcome !== 'none');
  ec2('DescribeVolumes', 'stale', 2);
  ec2('DescribeInstances', 'stale', 2);
  const run = await flight.flies(id);
  expect(run.ended?.outcome).toBe('done');
  const halted = (await flight.entries(id)).filter(entry => entry.type === 'halted');
  expect(halted).toEqual([]);
  const left = flight.simulator.kernel.faults.filter(fault => fault.left > 0).map(fault => fault.match);
  expect(left).toEqual([]);
  expectUpgraded(flight.world(), 'copr-keygen-dev');
  expectOnce(flight.effects(since));
  expectGated(flight.effects(since), flight.approved);
}, 300_000);

test('an instance that AWS ends at its launch halts with the reason, and !retry launches another; one that is ended later says that it is gone', async () => {
  const launch = 'copr-dist-git-dev/launch-instance';
  const reason = 'Client.VolumeLimitExceeded: Volume limit exceeded';
  // Not the dry runs before it.
  const runInstances = { service: 'ec2', action: 'RunInstances', contains: 'launch-instance.0.g1' } as const;
  flight.simulator.kernel.addFault(runInstances, 'terminated', 1, undefined, { reason });
  const id = await flight.proposes('alice', '!upgrade copr-dist-git-dev');
  await flight.flies(id, run => run.steps[launch]?.status === 'halted', { halts: true });
  await flight.shows(
    /HALTED: .*launch-instance[\s\S]*Client\.VolumeLimitExceeded: Volume limit exceeded[\s\S]*!retry launches another/,
  );
  await flight.person('alice').says('!retry copr-dist-git-dev');
  const launched = await flight.flies(id, run => run.steps[launch]?.outputs?.instance, { halts: true });
  const instance = String(launched.steps[launch]?.outputs?.instance);
  const { control } = JSON.parse(readFileSync(join(flight.dir, 'world.json'), 'utf8')) as { control: string };
  const ends = { reason: 'Server.InternalError: The hardware failed' };
  await flight.flies(id, run => flight.waitsForStart(run), { starts: false, halts: true });
  await fetch(`${control}/_sim/terminate/${instance}`, { method: 'POST', body: JSON.stringify(ends) });
  await flight.flies(
    id,
    run => Object.values(run.steps).some(step => step.halt?.code === 'instance-terminated' && step.node.key !== launch),
    { halts: true },
  );
  await flight.shows(/HALTED: [\s\S]*Server\.InternalError: The hardware failed[\s\S]*launches no other one/);
}, 300_000);
