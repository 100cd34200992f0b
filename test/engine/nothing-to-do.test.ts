import { expect } from 'vitest';
import { toyTest, useToys } from '../builders/use-toys.ts';

const toys = useToys();

toyTest('a step that only says something begins and ends in one append, with what it says', async () => {
  const bench = await toys.propose();
  const appends: string[][] = [];
  const process = await bench.process({
    async append(_process, entries, write) {
      appends.push(entries.map(entry => ('step' in entry ? `${entry.type} ${entry.step}` : entry.type)));
      await write();
    },
  });
  expect((await bench.play(process)).ended?.outcome).toBe('done');
  expect(appends).toContainEqual(['begun run/announce-outage', 'owed', 'finished run/announce-outage']);
});

toyTest('a step whose words can’t be found halts when it has begun', async () => {
  const bench = await toys.propose();
  const { steps } = bench.procedure;
  const announce = steps['announce-outage'];
  if (announce === undefined) throw new Error('the toy procedure announces nothing');
  const tell = () => {
    throw new Error('no words');
  };
  const procedure = { ...bench.procedure, steps: { ...steps, 'announce-outage': { ...announce, tell } } };
  const run = await bench.play(await bench.process({ procedure }));
  expect(run.steps['run/announce-outage']).toMatchObject({ status: 'halted', halt: { code: 'unexpected' } });
});

toyTest('a step that this version lacks halts when it has begun, and the process lives on', async () => {
  const bench = await toys.propose();
  await bench.playUntilStart(await bench.process());
  const { 'announce-outage': _gone, ...steps } = bench.procedure.steps;
  const run = await bench.play(await bench.process({ procedure: { ...bench.procedure, steps } }));
  expect(run.steps['run/announce-outage']).toMatchObject({ status: 'halted', halt: { code: 'unknown-step' } });
});
