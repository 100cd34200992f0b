import { afterAll, beforeAll, expect, test } from 'vitest';
import { Flight } from './flight.ts';

let flight: Flight;
beforeAll(async () => {
  flight = await Flight.start();
});
afterAll(() => flight.stop());

const inventory = () => (flight.simulator.world() as { inventory: Record<string, string> }).inventory;

test('birthday is taken away though the play fails after the role base; the retry needs it no more', async () => {
  const before = inventory()['inventory/inventory'];
  flight.breaks({ service: 'ssh', action: 'rbac-playbook' }, 'fail');
  const id = await flight.proposes('alice', '!upgrade copr-keygen-dev');
  const halted = (step: string, status: string) => (run: { steps: Record<string, { status: string } | undefined> }) =>
    run.steps[`copr-keygen-dev/${step}`]?.status === status;
  const failed = await flight.flies(
    id,
    run => halted('provision', 'halted')(run) && halted('end-birthday', 'done')(run),
    { halts: true },
  );
  expect(failed.steps['copr-keygen-dev/provision']?.halt?.code).toBe('playbook-failed');
  expect(inventory()['inventory/inventory']).toBe(before);
  await flight.person('alice').says('!retry copr-keygen-dev');
  const run = await flight.flies(id, one => one.ended, { halts: true });
  expect(run.ended?.outcome).toBe('done');
}, 120_000);

test('a run that is cancelled while the database is tried leaves no copy of it behind', async () => {
  flight.breaks({ service: 'ssh', action: 'reindex' }, 'fail', 20);
  const id = await flight.proposes('alice', '!upgrade copr-fe-dev');
  await flight.flies(id, run => run.steps['copr-fe-dev/try-database']?.status === 'halted', { halts: true });
  await flight.person('alice').says(`!cancel ${id} because the copy can't be reindexed`);
  const run = await flight.flies(id, one => one.ended, { halts: true });
  expect(run.ended?.outcome).toBe('cancelled');
  const { volumes, instances } = flight.simulator.kernel.state;
  const named = (name: string) => (one: { Tags: readonly { Key: string; Value: string }[] }) =>
    one.Tags.some(tag => tag.Key === 'Name' && tag.Value === name);
  const copies = Object.values(volumes).filter(named('copr-frontend-dev-trial'));
  expect(copies.every(one => one.State === 'deleted')).toBe(true);
  // It is kept for looking.
  const launched = Object.values(instances).filter(named('copr-frontend-dev-new'));
  expect(launched.map(one => one.State.Name)).toEqual(['stopped']);
}, 120_000);
