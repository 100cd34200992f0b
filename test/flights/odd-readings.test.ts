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
