import { expect } from 'vitest';
import { Halt } from '#core/errors.ts';
import { minute, people } from '../builders/history.ts';
import type { ToyBench } from '../builders/toy-bench.ts';
import { toyTest, useToys } from '../builders/use-toys.ts';
import { effectsPerTarget } from '../toy-procedure.ts';

const toys = useToys();

/** Everything approved; then time passes, so that facts are read again before the outage begins. */
async function approvedLongAgo(bench: ToyBench) {
  const process = await bench.process();
  await bench.playUntilStart(process);
  await bench.redis.advance(people.freshFacts + minute);
  return process;
}

toyTest('facts that are old are read again before the outage begins; the same plan needs nobody', async () => {
  const bench = await toys.propose(['pot', 'pan']);
  const process = await approvedLongAgo(bench);
  await bench.people(false);
  const run = await bench.play(process);
  expect(run.ended?.outcome).toBe('done');
  const story = await bench.story();
  const read = story.lastIndexOf('facts-checked');
  expect(read).toBeGreaterThan(story.indexOf('started'));
  expect(read).toBeLessThan(story.indexOf('outage-begun'));
  expect(run.requests.map(request => request.status)).toEqual(['approved', 'approved', 'approved']);
});

toyTest('an effect that changed voids its request, shows the difference, and is asked for again', async () => {
  const bench = await toys.propose();
  const process = await approvedLongAgo(bench);
  bench.world.state.things['pot.lid'] = 'older';
  await bench.people(false);
  await process.move(bench.run);
  const run = await bench.now();
  expect(run.outageBegun).toBeUndefined();
  expect(run.started).toBeUndefined();
  expect(run.requests.map(request => [request.request, request.status])).toEqual([
    ['r1', 'approved'],
    ['r2', 'void'],
    ['r3', 'void'],
    ['r4', 'open'],
    ['r5', 'open'],
  ]);
  expect(run.requests[1]?.difference).toEqual([
    'pot/move-parts: no longer: put pot.lid from old to new',
    'pot/move-parts: now: put pot.lid from older to new',
  ]);
  const done = await bench.play(process);
  expect(done.ended?.outcome).toBe('done');
  expect(bench.world.state.things['pot.lid']).toBe('new');
  expect(bench.world.effects).toHaveLength(effectsPerTarget);
});

toyTest('a crash between reading the facts and judging them can’t let the old plan pass', async () => {
  const bench = await toys.propose();
  await approvedLongAgo(bench);
  bench.world.state.things['pot.lid'] = 'older';
  await bench.people(false);
  const dying = await bench.process({
    async append(process, entries, write) {
      await write();
      if (entries.some(entry => entry.type === 'facts')) throw process.die();
    },
  });
  await dying.move(bench.run);
  await bench.leaseRunsOut();
  await (await bench.process()).move(bench.run);
  const run = await bench.now();
  expect(run.outageBegun).toBeUndefined();
  expect(run.requests[1]).toMatchObject({ request: 'r2', status: 'void', why: 'drift' });
});

toyTest(
  'a target that isn’t ready any more halts before the outage, and goes on when a retry finds it ready',
  async () => {
    const bench = await toys.propose(['pot', 'pan']);
    await approvedLongAgo(bench);
    let ready = false;
    const { steps } = bench.procedure;
    const reading = steps['check-readiness']!;
    const procedure = {
      ...bench.procedure,
      steps: {
        ...steps,
        'check-readiness': {
          ...reading,
          read: async (...args: Parameters<NonNullable<typeof reading.read>>) => {
            if (!ready && args[1].target === 'pan')
              throw new Halt('not-ready', 'pan has a hole', { evidence: ['drip'] });
            return reading.read!(...args);
          },
        },
      },
    };
    await bench.people(false);
    const process = await bench.process({ procedure });
    await process.move(bench.run);
    const halted = await bench.now();
    expect(halted.outageBegun).toBeUndefined();
    expect(Object.values(halted.steps).filter(step => step.status === 'halted')).toMatchObject([
      {
        node: { key: 'pan/stop-services' },
        halt: { code: 'not-ready', sentence: 'pan has a hole', evidence: ['drip'] },
      },
    ]);
    await bench.says(() => [{ type: 'retried', step: 'pan/stop-services', person: 'dan' }]);
    await process.move(bench.run);
    expect((await bench.now()).steps['pan/stop-services']).toMatchObject({ status: 'halted', halts: 2 });
    expect((await bench.now()).outageBegun).toBeUndefined();
    ready = true;
    await bench.says(() => [{ type: 'retried', step: 'pan/stop-services', person: 'dan' }]);
    const run = await bench.play(process);
    expect(run.ended?.outcome).toBe('done');
    expect(bench.world.effects).toHaveLength(2 * effectsPerTarget);
  },
);

toyTest('a plan that can’t be made halts its step, and a retry plans it again', async () => {
  const bench = await toys.propose();
  let broken = true;
  const { steps } = bench.procedure;
  const brew = steps.brew!;
  const procedure = {
    ...bench.procedure,
    steps: {
      ...steps,
      brew: {
        ...brew,
        plan: (...args: Parameters<NonNullable<typeof brew.plan>>) => {
          if (broken) throw new Error('no water');
          return brew.plan!(...args);
        },
      },
    },
  };
  const process = await bench.process({ procedure });
  const halted = await bench.play(process);
  expect(halted.steps['pot/brew']).toMatchObject({
    status: 'halted',
    halt: { code: 'plan-failed', sentence: "pot/brew can't be planned: no water" },
  });
  expect(halted.requests.map(request => request.request)).toEqual(['r1']);
  broken = false;
  const run = await bench.play(process, { retry: true });
  expect(run.ended?.outcome).toBe('done');
});

toyTest('a plan that facts read at the start don’t allow isn’t begun by a retry with the one before', async () => {
  const bench = await toys.propose();
  let broken = false;
  const { steps } = bench.procedure;
  const brew = steps.brew!;
  const plan: typeof brew.plan = context => {
    if (broken) throw new Error('no water');
    return brew.plan!(context);
  };
  const procedure = { ...bench.procedure, steps: { ...steps, brew: { ...brew, plan } } };
  const process = await bench.process({ procedure });
  await bench.playUntilStart(process);
  await bench.redis.advance(people.freshFacts + minute);
  broken = true;
  for (const halts of [1, 2]) {
    const run = await bench.play(process);
    expect(run.steps['pot/brew']).toMatchObject({ status: 'halted', halts, halt: { code: 'plan-failed' } });
    expect(run.outageBegun).toBeUndefined();
    await bench.says(() => [{ type: 'retried', step: 'pot/brew', person: 'dan' }]);
  }
  broken = false;
  expect((await bench.play(process)).ended?.outcome).toBe('done');
});

toyTest('another version of a kind of change is not used for a run that was proposed with this one', async () => {
  const bench = await toys.propose();
  await bench.playUntilStart(await bench.process());
  const kinds = { ...bench.procedure.kinds };
  kinds.put = { ...kinds.put!, version: 2 };
  const run = await bench.play(await bench.process({ procedure: { ...bench.procedure, kinds } }));
  expect(run.steps['pot/stop-services']).toMatchObject({ status: 'halted', halt: { code: 'unknown-kind' } });
  expect(bench.world.state.things['service.pot']).toBe('up');
});
