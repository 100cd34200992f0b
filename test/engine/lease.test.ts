import { expect, vi } from 'vitest';
import { leaseMs, type Process, type ToyBench } from '../builders/toy-bench.ts';
import { toyTest, useToys } from '../builders/use-toys.ts';
import { effectsPerTarget } from '../toy-procedure.ts';

const toys = useToys();

/** Waits, by looking again and again. */
const eventually = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 5_000, interval: 5 });

/** A process that is stuck in a request, and that doesn't renew its lease. */
async function stuck(bench: ToyBench, where: 'hold-before' | 'hold-after') {
  const release = bench.world.fault(where, { action: 'put', about: 'service.pot' });
  const process = await bench.process({ renewEvery: 600_000 });
  const moving = bench.play(process);
  await eventually(() =>
    expect(bench.world.calls.some(call => JSON.stringify(call.args).includes('service'))).toBe(true),
  );
  return { process, moving, release };
}

toyTest('of two processes on one run one moves it, and the other does nothing', async () => {
  const bench = await toys.propose(['pot', 'pan']);
  const processes = await Promise.all([bench.process(), bench.process(), bench.process()]);
  for (let turn = 0; turn < 100; turn += 1) {
    await Promise.all(processes.map(process => process.move(bench.run)));
    if ((await bench.now()).ended !== undefined) break;
    await bench.people(false);
  }
  expect((await bench.now()).ended?.outcome).toBe('done');
  expect(bench.world.effects).toHaveLength(2 * effectsPerTarget);
  const story = await bench.story();
  expect(story.filter(line => line.startsWith('begun '))).toHaveLength(
    new Set(story.filter(line => line.startsWith('begun '))).size,
  );
  expect(bench.errors).toEqual([]);
});

toyTest(
  'a process whose lease was taken while it waited for a reply makes no further effect and no entry',
  async () => {
    const bench = await toys.propose();
    const { process, moving, release } = await stuck(bench, 'hold-after');
    await bench.leaseRunsOut();
    const run = await bench.play(await bench.process());
    expect(run.ended?.outcome).toBe('done');
    const effects = bench.world.effects.length;
    const calls = bench.world.calls.length;
    release();
    await moving;
    expect(process.dead).toBe(false);
    expect(bench.world.effects).toHaveLength(effects);
    expect(bench.world.calls).toHaveLength(calls);
    expect((await bench.now()).head).toEqual(run.head);
    expect(effects).toBe(effectsPerTarget);
  },
);

toyTest('a request that arrives after a newer lease acted is refused by the world, and changes nothing', async () => {
  const bench = await toys.propose();
  const { moving, release } = await stuck(bench, 'hold-before');
  await bench.leaseRunsOut();
  const run = await bench.play(await bench.process());
  expect(run.ended?.outcome).toBe('done');
  release();
  await moving;
  expect(bench.world.effects).toHaveLength(effectsPerTarget);
  expect((await bench.now()).head).toEqual(run.head);
});

toyTest('each request carries the number of the lease under which it was judged, and numbers rise', async () => {
  const bench = await toys.propose();
  const intents = async () =>
    (await bench.entries()).flatMap(entry =>
      entry.type === 'intended' ? [{ key: entry.key, lease: entry.lease }] : [],
    );
  await bench.play(await bench.process());
  const recorded = await intents();
  expect(recorded).toHaveLength(effectsPerTarget);
  for (const { key, lease } of recorded) {
    expect(bench.world.calls.filter(call => call.key === key).map(call => call.lease)).toContain(lease);
  }
  const leases = recorded.map(one => one.lease);
  expect(leases).toEqual(leases.toSorted((a, b) => a - b));
  expect(new Set(leases).size).toBeGreaterThan(1);
});

toyTest('a request may leave for a short while after it was judged, and only inside the lease', async () => {
  const bench = await toys.propose();
  await bench.play(await bench.process({ sendWithin: 200 }));
  const short = await toys.propose();
  await short.play(await short.process({ sendWithin: 600_000 }));
  const margin = 50;
  for (const [one, most] of [
    [bench, 200],
    [short, leaseMs],
  ] as const) {
    const intents = (await one.entries()).filter(entry => entry.type === 'intended');
    expect(intents).toHaveLength(effectsPerTarget);
    for (const { sendBy, at } of intents) expect(sendBy - at).toBeLessThanOrEqual(most + margin);
  }
});

toyTest('a process that slept past the time in which it may send sends nothing, says so, and tries again', async () => {
  const bench = await toys.propose();
  let slept = false;
  const process = await bench.process({
    sendWithin: 40,
    async append(_process, entries, write) {
      await write();
      if (slept || !entries.some(entry => entry.type === 'intended')) return;
      slept = true;
      const end = performance.now() + 80;
      while (performance.now() < end);
    },
  });
  const run = await bench.play(process);
  expect(run.ended?.outcome).toBe('done');
  const refused = (await bench.entries()).filter(entry => entry.type === 'refused');
  // A busy machine may make it late more than once.
  expect(refused.length).toBeGreaterThan(0);
  for (const one of refused) expect(one).toMatchObject({ code: 'not-sent', retry: true });
  expect(bench.world.effects).toHaveLength(effectsPerTarget);
  expect(bench.world.calls).toHaveLength(effectsPerTarget);
});

toyTest('a process that is too slow to send more often than refusals are allowed calls nobody', async () => {
  const bench = await toys.propose();
  let slow = 8;
  const process = await bench.process({
    sendWithin: 40,
    async append(_process, entries, write) {
      await write();
      if (slow === 0 || !entries.some(entry => entry.type === 'intended')) return;
      slow -= 1;
      const end = performance.now() + 50;
      while (performance.now() < end);
    },
  });
  const run = await bench.play(process);
  expect(run.ended?.outcome).toBe('done');
  expect((await bench.entries()).filter(entry => entry.type === 'refused').length).toBeGreaterThan(6);
});

toyTest('times in the journal are the store’s, whatever the machine’s clock says', async () => {
  const bench = await toys.propose();
  const ahead = 9 * 60 * 60_000;
  await bench.redis.advance(ahead);
  const real = Date.now;
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => real() - 1_000_000_000);
  let run: Awaited<ReturnType<ToyBench['play']>>;
  try {
    run = await bench.play(await bench.process());
  } finally {
    clock.mockRestore();
  }
  expect(run.ended?.outcome).toBe('done');
  const times = (await bench.entries()).map(entry => entry.at);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  for (const at of times.slice(1)) expect(at).toBeGreaterThan(Date.now() + ahead - 60_000);
});

toyTest('a process that can’t write its journal lets go of the run instead of trying for ever', async () => {
  const bench = await toys.propose();
  let tried = 0;
  const broken: Process = await bench.process({
    async append() {
      tried += 1;
      throw new Error('the disk is full');
    },
  });
  await expect(broken.move(bench.run)).rejects.toThrow('the disk is full');
  expect(tried).toBeLessThan(5);
  expect(bench.errors).toContainEqual(expect.stringContaining('a run could not be moved'));
  await bench.leaseRunsOut();
  expect((await bench.play(await bench.process())).ended?.outcome).toBe('done');
});
