import { expect, vi } from 'vitest';
import { bullmqWake } from '#adapters/bullmq-wake/bullmq-wake.ts';
import { decide } from '#core/decide.ts';
import { sweep } from '#engine/sweep.ts';
import { work } from '#engine/worker.ts';
import type { Wake } from '#ports/journal.ts';
import { minute, people } from '../builders/history.ts';
import { approval, leaseMs, type Process, type ToyBench } from '../builders/toy-bench.ts';
import { toyTest, useToys } from '../builders/use-toys.ts';
import { effectsPerTarget } from '../toy-procedure.ts';

const toys = useToys();

const eventually = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 15_000, interval: 20 });

/** A worker with a queue; with a sweeper unless told. */
async function worker(bench: ToyBench, options: { sweeps?: boolean; lost?: () => boolean } = {}) {
  const plain = await bench.process();
  const queue = bullmqWake({
    connection: { path: toys.redis().socket, maxRetriesPerRequest: null },
    due: () => plain.engine.wake.due(),
  });
  const wake: Wake = {
    wake: run => (options.lost?.() === true ? Promise.resolve() : queue.wake(run)),
    work: (move, signal) => queue.work(move, signal),
    due: () => queue.due(),
  };
  const process: Process = await bench.process({ wake });
  const stopping = new AbortController();
  const working = work(process.engine, stopping.signal);
  const sweeping = options.sweeps === false ? undefined : sweep(process.engine.clock, wake, 20, stopping.signal);
  return {
    wake,
    async stop() {
      stopping.abort();
      await Promise.all([working, sweeping]);
      await queue.close();
    },
  };
}

/** People do their part as long as there is something to do. */
async function untilEnded(bench: ToyBench): Promise<void> {
  await eventually(async () => {
    await bench.people(false);
    expect((await bench.now()).ended?.outcome).toBe('done');
  });
}

toyTest('a run whose wake-ups are all lost is found by the sweeper', async () => {
  const bench = await toys.propose();
  let lost = 0;
  const one = await worker(bench, { lost: () => lost++ < 3 });
  await untilEnded(bench);
  await one.stop();
  expect(lost).toBeGreaterThan(3);
  expect(bench.world.effects).toHaveLength(effectsPerTarget);
});

toyTest('the same wake-up ten times over moves a run once', async () => {
  const bench = await toys.propose();
  const two = [await worker(bench), await worker(bench)];
  for (let nth = 0; nth < 10; nth += 1) await two[0]!.wake.wake(bench.run);
  await untilEnded(bench);
  for (const one of two) await one.stop();
  expect(bench.world.effects).toHaveLength(effectsPerTarget);
  const begun = (await bench.story()).filter(line => line.startsWith('begun '));
  expect(new Set(begun).size).toBe(begun.length);
});

toyTest('two approvals and two processes are one execution', async () => {
  const bench = await toys.propose();
  const workers = [await worker(bench), await worker(bench)];
  await eventually(async () => {
    await bench.says((run, now) =>
      decide(run, people, now).waiting.flatMap(one =>
        one.for === 'approval'
          ? [...approval(run, one.request, 'bob'), ...approval(run, one.request, 'carol')]
          : one.for === 'start'
            ? [{ type: 'started' as const, person: 'alice' }]
            : [],
      ),
    );
    for (const { wake } of workers) await wake.wake(bench.run);
    expect((await bench.now()).ended?.outcome).toBe('done');
  });
  for (const one of workers) await one.stop();
  expect(bench.world.effects).toHaveLength(effectsPerTarget);
});

toyTest('a late wake-up of a run that was cancelled moves nothing', async () => {
  const bench = await toys.propose();
  const process = await bench.process();
  await bench.playUntilStart(process);
  await bench.says(() => [
    { type: 'started', person: 'alice' },
    { type: 'turning-back', how: 'cancel', person: 'carol', because: null, targets: ['pot'] },
  ]);
  expect((await bench.play(process)).ended?.outcome).toBe('cancelled');
  const [effects, entries] = [bench.world.effects.length, (await bench.entries()).length];
  const one = await worker(bench);
  for (let time = 0; time < 3; time += 1) await one.wake.wake(bench.run);
  await (await bench.process()).move(bench.run);
  await one.stop();
  expect([bench.world.effects.length, (await bench.entries()).length]).toEqual([effects, entries]);
});

toyTest('a run of a process that died moves again when its lease has run out', async () => {
  const bench = await toys.propose();
  const dying = await bench.process({
    async append(process, entries, write) {
      await write();
      if (entries.some(entry => entry.type === 'intended')) throw process.die();
    },
  });
  await dying.move(bench.run);
  const one = await worker(bench);
  const died = performance.now();
  await eventually(async () => expect((await bench.now()).steps['pot/make-new']?.status).toBe('done'));
  expect(performance.now() - died).toBeLessThan(leaseMs + 2_000);
  await untilEnded(bench);
  await one.stop();
  expect(bench.world.effects).toHaveLength(effectsPerTarget);
});

toyTest('a request that nobody answers reminds, calls on-call and expires by the store’s time', async () => {
  const bench = await toys.propose();
  const one = await worker(bench);
  const reminders = async () =>
    (await bench.entries()).flatMap(entry => (entry.type === 'reminded' ? [`${entry.about} ${entry.nth}`] : []));
  await eventually(async () => expect((await bench.now()).requests).toHaveLength(1));
  expect(await reminders()).toEqual([]);
  await bench.redis.advance(people.people.remind);
  await eventually(async () => expect(await reminders()).toEqual(['r1 1']));
  await bench.redis.advance(15 * minute);
  await eventually(async () => expect(await reminders()).toEqual(['r1 1', 'r1 2']));
  await bench.redis.advance(people.people.expire);
  await eventually(async () => expect((await bench.now()).requests[0]?.status).toBe('expired'));
  await one.stop();
});

toyTest('a worker that is told to stop ends, and leaves the run to others', async () => {
  const bench = await toys.propose();
  bench.world.slowBrews = true;
  const first = await worker(bench);
  await eventually(async () => {
    await bench.people(false);
    expect(Object.keys(bench.world.state.brews)).toHaveLength(1);
  });
  await first.stop();
  const second = await worker(bench);
  bench.world.finishBrews();
  await untilEnded(bench);
  await second.stop();
  expect(bench.world.effects).toHaveLength(effectsPerTarget);
});
