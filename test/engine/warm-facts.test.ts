import { expect, vi } from 'vitest';
import { decide } from '#core/decide.ts';
import { Halt, Unknown } from '#core/errors.ts';
import type { StepDefinition } from '#engine/define-step.ts';
import { minute, people } from '../builders/history.ts';
import type { Process, ToyBench } from '../builders/toy-bench.ts';
import { toyTest, useToys } from '../builders/use-toys.ts';
import { effectsPerTarget } from '../toy-procedure.ts';

const toys = useToys();

type Read = NonNullable<StepDefinition['read']>;

/** A process whose reading of facts does what it is told instead, as long as `meddle` says so. */
function reading(bench: ToyBench, meddle: (read: Read) => Read): Promise<Process> {
  const { steps } = bench.procedure;
  const readiness = steps['check-readiness'];
  if (readiness?.read === undefined) throw new Error('the toy procedure reads no facts');
  const read = meddle(readiness.read.bind(readiness));
  return bench.process({
    procedure: { ...bench.procedure, steps: { ...steps, 'check-readiness': { ...readiness, read } } },
  });
}

/** Two thirds of their time: when facts are read again beside everything else. */
const due = (people.freshFacts * 2) / 3 + minute;

toyTest(
  'while an approved outage waits for its start its facts are kept fresh, and only what differs is kept',
  async () => {
    const bench = await toys.propose(['pot', 'pan']);
    const process = await bench.process();
    const approved = await bench.playUntilStart(process);
    const { wakeAt } = decide(approved, people, approved.lastAt);
    expect(wakeAt).toBeGreaterThan(approved.lastAt);
    expect(wakeAt).toBeLessThan(approved.lastAt + people.freshFacts);
    await bench.redis.advance(due);
    await process.move(bench.run);
    const checked = (await bench.entries()).slice(approved.head.seq);
    expect(checked.map(entry => entry.type).sort()).toEqual(['facts-checked', 'facts-checked']);
    // What would be too old by now isn't: the start reads nothing and begins at once.
    await bench.redis.advance(due);
    await bench.people(false);
    const seq = (await bench.now()).head.seq;
    await process.move(bench.run);
    expect((await bench.entries())[seq]?.type).toBe('outage-begun');
    expect((await bench.play(process)).ended?.outcome).toBe('done');
  },
);

toyTest('an effect that changed is shown and asked for again before anybody starts', async () => {
  const bench = await toys.propose();
  const process = await bench.process();
  await bench.playUntilStart(process);
  bench.world.state.things['pot.lid'] = 'older';
  await bench.redis.advance(due);
  await process.move(bench.run);
  const run = await bench.now();
  expect(run.requests[1]).toMatchObject({ request: 'r2', status: 'void', why: 'drift' });
  expect(run.requests.at(-1)?.status).toBe('open');
  expect(run.started).toBeUndefined();
  const done = await bench.play(process);
  expect(done.ended?.outcome).toBe('done');
  expect(bench.world.effects).toHaveLength(effectsPerTarget);
});

toyTest('a start while facts are being read isn’t held up by it, and what was read then is dropped', async () => {
  const bench = await toys.propose();
  await bench.playUntilStart(await bench.process());
  const story: string[] = [];
  let letGo = () => {};
  const held = new Promise<void>(resolve => {
    letGo = resolve;
  });
  const process = await reading(bench, read => async (...args) => {
    await bench.people(false);
    await vi.waitFor(async () => expect((await bench.now()).outageBegun).toBeDefined(), { timeout: 5_000 });
    bench.world.state.things['pot.lid'] = 'older';
    const found = await read(...args);
    story.push('read');
    letGo();
    return found;
  });
  await bench.redis.advance(due);
  const moving = process.move(bench.run);
  await held;
  await moving;
  const run = await bench.play(process);
  expect(story).toEqual(['read']);
  expect(run.requests.every(request => request.status === 'approved')).toBe(true);
  expect((await bench.story()).filter(line => line.startsWith('facts'))).toEqual(['facts']);
});

toyTest('a target that isn’t ready any more halts, and after a retry the old facts begin no outage', async () => {
  const bench = await toys.propose();
  await bench.playUntilStart(await bench.process());
  let ready = false;
  let reads = 0;
  const process = await reading(bench, read => async (...args) => {
    reads += 1;
    if (!ready) throw new Halt('not-ready', 'pot has a hole');
    return read(...args);
  });
  await bench.redis.advance(due);
  await process.move(bench.run);
  expect((await bench.now()).steps['pot/stop-services']).toMatchObject({
    status: 'halted',
    halt: { code: 'not-ready' },
  });
  const once = reads;
  expect(once, 'one odd reading is no fact').toBeGreaterThanOrEqual(3);
  // Young enough by their age, but known to be wrong.
  await bench.says(() => [
    { type: 'retried', step: 'pot/stop-services', person: 'dan' },
    { type: 'started', person: 'alice' },
  ]);
  await process.move(bench.run);
  expect((await bench.now()).outageBegun).toBeUndefined();
  expect(reads).toBeGreaterThan(once);
  ready = true;
  await bench.says(() => [{ type: 'retried', step: 'pot/stop-services', person: 'dan' }]);
  expect((await bench.play(process)).ended?.outcome).toBe('done');
});

toyTest('facts that can’t be read ahead halt nothing, and are tried again later, not at once', async () => {
  const bench = await toys.propose();
  await bench.playUntilStart(await bench.process());
  let reads = 0;
  const process = await reading(bench, () => async () => {
    reads += 1;
    throw new Unknown('away', 'nobody answers');
  });
  await bench.redis.advance(due);
  const before = (await bench.now()).head.seq;
  await process.move(bench.run);
  // One reading asks a few times by itself.
  const once = reads;
  expect(once).toBeGreaterThan(0);
  await process.move(bench.run);
  expect(reads).toBe(once);
  await bench.redis.advance(people.freshFacts / 10);
  await process.move(bench.run);
  expect(reads).toBe(2 * once);
  expect((await bench.now()).head.seq).toBe(before);
});

toyTest('a few hours after the approval nobody keeps them fresh any more', async () => {
  const bench = await toys.propose();
  const process = await bench.process();
  const approved = await bench.playUntilStart(process);
  await bench.redis.advance(9 * people.freshFacts);
  await process.move(bench.run);
  const run = await bench.now();
  expect(run.facts).toEqual(approved.facts);
  expect(decide(run, people, run.lastAt + 9 * people.freshFacts).warm).toEqual([]);
});
