import { expect, vi } from 'vitest';
import { RunHandle } from '#engine/run-handle.ts';
import { toyJournal } from '../builders/toy-engine.ts';
import { toyTest, useToys } from '../builders/use-toys.ts';
import { toyProposal } from '../toy-procedure.ts';

const toys = useToys();
const eventually = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 5_000, interval: 5 });

toyTest('a step that plays a neighbour’s playbook waits for the end of another run’s outage', async () => {
  const bench = await toys.propose(['pot']);
  bench.world.slowBrews = true;
  const first = await bench.process();
  const outage = bench.play(first);
  await eventually(() => expect(Object.keys(bench.world.state.brews)).toHaveLength(1));

  const { environment } = await bench.now();
  const { journal, close } = await toyJournal(toys.redis().client(), bench.mirror);
  const proposed = await journal.propose({
    environment,
    targets: ['pan'],
    cause: '$pan',
    entries: id => [toyProposal(bench.procedure, { id, environment, targets: ['pan'], uid: 'upan', cause: '$pan' })],
  });
  const id = 'run' in proposed ? proposed.run : '';
  const step = bench.procedure.steps['make-new']!;
  const waiting = { ...bench.procedure.steps, 'make-new': { ...step, waitsForOutages: true } };
  const second = await bench.process({ procedure: { ...bench.procedure, steps: waiting } });
  const moving = second.move(id);
  await eventually(() => expect(bench.saying).toContain(`waiting for the end of the outage of ${bench.run}`));
  expect(bench.world.state.made.filter(one => one.name.includes('pan'))).toEqual([]);

  bench.world.slowBrews = false;
  bench.world.finishBrews();
  expect((await outage).ended?.outcome).toBe('done');
  await moving;
  const { run } = await RunHandle.open(id, journal);
  expect(run.steps['pan/make-new']?.status).toBe('done');
  close();
});
