import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type BullmqWake, bullmqWake } from '#adapters/bullmq-wake/bullmq-wake.ts';
import type { RedisJournal } from '#adapters/redis-journal/redis-journal.ts';
import { sweep } from '#engine/sweep.ts';
import type { Clock } from '#ports/clock.ts';
import { proposal } from '#test/builders/journal-entries.ts';
import { missingRedis } from '#test/peers/redis.ts';
import { type RedisHarness, redisHarness } from '../redis-journal/redis-harness.ts';

const missing = await missingRedis();
if (missing !== undefined) console.warn(`skipped: ${missing}`);

describe.skipIf(missing !== undefined)('wake-ups by BullMQ', () => {
  let harness: RedisHarness;
  let journal: RedisJournal;
  let clock: Clock;
  let stop: AbortController;
  let wakes: BullmqWake[];
  let working: Promise<void>[];
  let errors: Error[];
  let causes = 0;

  // Two cores may be busy with other files.
  const waitFor = <T>(ask: () => T | Promise<T>) => vi.waitFor(ask, { timeout: 15_000, interval: 10 });

  beforeAll(async () => {
    harness = await redisHarness();
  });
  afterAll(() => harness.stop());
  beforeEach(async () => {
    const process = await harness.process();
    journal = process.journal as RedisJournal;
    clock = process.clock;
    stop = new AbortController();
    wakes = [];
    working = [];
    errors = [];
  });
  afterEach(async () => {
    stop.abort();
    await Promise.all(working);
    await Promise.all(wakes.map(wake => wake.close()));
  });

  const wakeOf = (concurrency = 16) => {
    const connection = { path: harness.redis.socket, maxRetriesPerRequest: null };
    const wake = bullmqWake({ connection, due: () => journal.due(), concurrency, onError: e => errors.push(e) });
    wakes.push(wake);
    return wake;
  };
  const work = (wake: BullmqWake, move: (run: string) => Promise<void>, signal = stop.signal) => {
    const done = wake.work(move, signal);
    working.push(done);
  };
  const propose = async (): Promise<string> => {
    const made = await journal.propose(proposal('dev', [`t${++causes}`], `$wake${causes}`));
    if (!('run' in made)) throw new Error('locked');
    return made.run;
  };
  const jobs = async () => {
    const found = await harness.redis.client().keys('bull:ferry-wake:*');
    return found.filter(key => /:(\d+|wait|active|completed|failed|delayed)$/.test(key));
  };

  it('calls for each wake-up, and keeps nothing of it', async () => {
    const wake = wakeOf();
    const moved: string[] = [];
    work(wake, async run => {
      moved.push(run);
    });
    for (const run of ['dev-1', 'dev-1', 'dev-2']) await wake.wake(run);
    await waitFor(() => expect([...moved].sort()).toEqual(['dev-1', 'dev-1', 'dev-2']));
    await waitFor(async () => expect(await jobs()).toEqual([]));
  });

  it('that is told to stop just after its store came back ends all the same', async () => {
    const wake = wakeOf();
    const moved: string[] = [];
    work(wake, async run => {
      moved.push(run);
    });
    await wakeOf().wake('dev-1');
    await waitFor(() => expect(moved).toEqual(['dev-1']));
    await harness.redis.killAndStart();
    stop.abort();
    await Promise.all(working);
  });

  it('moves at once and without a job what the working process wakes itself, and by a job what another wakes', async () => {
    const [here, there] = [wakeOf(1), wakeOf()];
    const moved: string[] = [];
    let release = () => {};
    const held = new Promise<void>(resolve => {
      release = resolve;
    });
    work(here, async run => {
      moved.push(run);
      if (run === 'dev-1') await held;
    });
    await here.wake('dev-1');
    expect(moved).toEqual(['dev-1']);
    expect((await jobs()).filter(key => key.endsWith(':wait'))).toEqual([]);
    await there.wake('dev-2');
    await waitFor(() => expect(moved).toContain('dev-2'));
    release();
  });

  it('ends only when the moves that it began without a job have ended', async () => {
    const wake = wakeOf();
    let ended = false;
    let release = () => {};
    const held = new Promise<void>(resolve => {
      release = resolve;
    });
    const stopping = new AbortController();
    const done = wake.work(async () => {
      await held;
      ended = true;
    }, stopping.signal);
    await wake.wake('dev-1');
    stopping.abort();
    release();
    await done;
    expect(ended).toBe(true);
  });

  it('keeps nothing of a move that threw, tells it, and goes on', async () => {
    const wake = wakeOf();
    const moved: string[] = [];
    work(wake, async run => {
      moved.push(run);
      if (run === 'dev-1') throw new Error('broken');
    });
    await wake.wake('dev-1');
    await wake.wake('dev-2');
    await waitFor(() => expect(moved).toHaveLength(2));
    await waitFor(async () => expect(await jobs()).toEqual([]));
    expect(errors.map(error => error.message)).toEqual(['broken']);
  });

  it('moves different runs side by side', async () => {
    const wake = wakeOf();
    const begun = new Set<string>();
    let release = () => {};
    const held = new Promise<void>(resolve => {
      release = resolve;
    });
    work(wake, async run => {
      begun.add(run);
      await held;
    });
    const runs = Array.from({ length: 10 }, (_, i) => `dev-${i + 1}`);
    for (const run of runs) await wake.wake(run);
    await waitFor(() => expect(begun.size).toBe(10));
    release();
  });

  it('a duplicate is harmless: the lease excludes', async () => {
    const run = await propose();
    const [one, other] = [wakeOf(), wakeOf()];
    let inside = 0;
    let most = 0;
    let ended = 0;
    const move = async (id: string) => {
      const lease = await journal.take(id);
      if (lease !== undefined) {
        inside += 1;
        most = Math.max(most, inside);
        await clock.sleep(20);
        inside -= 1;
        await journal.park(lease, 1, undefined);
      }
      ended += 1;
    };
    work(one, move);
    work(other, move);
    await Promise.all(Array.from({ length: 30 }, () => one.wake(run)));
    await waitFor(() => expect(ended).toBe(30));
    expect(most).toBe(1);
  });

  it('waits at the stop for the moves under way, and begins no new one', async () => {
    const wake = wakeOf(1);
    const begun: string[] = [];
    let ended = 0;
    let release = () => {};
    const held = new Promise<void>(resolve => {
      release = resolve;
    });
    const mine = new AbortController();
    work(
      wake,
      async run => {
        begun.push(run);
        await held;
        ended += 1;
      },
      mine.signal,
    );
    await wake.wake('dev-1');
    await wake.wake('dev-2');
    await waitFor(() => expect(begun).toEqual(['dev-1']));
    mine.abort();
    let stopped = false;
    const stopping = Promise.all(working).then(() => {
      stopped = true;
    });
    for (let i = 0; i < 20; i += 1) await wake.due();
    expect(stopped).toBe(false);
    release();
    await stopping;
    expect(ended).toBe(1);
    expect(begun).toEqual(['dev-1']);
    const redis = harness.redis.client();
    await redis.del(await redis.keys('bull:*'));
  });

  it('a run whose wake-up was lost is found by the sweeper, once it is due and nobody moves it', async () => {
    const run = await propose();
    const wake = wakeOf();
    const moved: string[] = [];
    const sweeping = sweep(clock, wake, 10, stop.signal);
    work(wake, async id => {
      const lease = await journal.take(id);
      if (lease === undefined) return;
      moved.push(id);
      await journal.park(lease, 1, clock.now() + 3_600_000);
    });
    await waitFor(() => expect(moved).toEqual([run]));
    const due = vi.spyOn(wake, 'due');
    await waitFor(() => expect(due.mock.calls.length).toBeGreaterThan(3));
    expect(moved).toEqual([run]);
    await harness.redis.advance(3_600_001);
    await waitFor(() => expect(moved).toEqual([run, run]));
    stop.abort();
    await sweeping;
  });

  it('a run whose process died is moved once its lease ran out', async () => {
    const run = await propose();
    const dead = await journal.take(run);
    expect(dead).toBeDefined();
    const wake = wakeOf();
    const moved: number[] = [];
    const sweeping = sweep(clock, wake, 10, stop.signal);
    work(wake, async id => {
      const lease = await journal.take(id);
      if (lease === undefined) return;
      moved.push(lease.number);
      await journal.park(lease, 1, undefined);
    });
    await harness.redis.advance(2_600);
    await waitFor(() => expect(moved).toHaveLength(1));
    expect(moved[0]).toBeGreaterThan(dead!.number);
    stop.abort();
    await sweeping;
  });

  it('the sweeper adds nothing while a thousand wait', async () => {
    await propose();
    const wake = wakeOf();
    expect(await wake.due()).not.toEqual([]);
    await Promise.all(Array.from({ length: 1_001 }, () => wake.wake('dev-1')));
    expect(await wake.due()).toEqual([]);
  });
});
