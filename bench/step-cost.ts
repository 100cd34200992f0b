import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue, Worker } from 'bullmq';
import { moveRun } from '#engine/move-run.ts';
import { toyEngine, toyJournal } from '#test/builders/toy-engine.ts';
import { PrivateRedis } from '#test/peers/redis.ts';
import { chain } from './chain.ts';
import { inMs, percentile, type Row } from './row.ts';

const length = 300;
const rounds = 3;

/**
 * A step (begun, intended, sent, made, finished; every entry fsynced in the store and in the mirror) against a job of a raw
 * BullMQ chain of the same length on the same Redis, both in turn.
 */
export async function stepCost(): Promise<Row[]> {
  const redis = await PrivateRedis.start();
  try {
    const raw: number[] = [];
    const ours: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      raw.push((await rawChain(redis)) / length);
      ours.push((await ourChain(redis, round)) / length);
    }
    const [job, step] = [percentile(raw, 0.5), percentile(ours, 0.5)];
    return [
      { what: `job of a raw BullMQ chain of ${length}`, value: inMs(job) },
      { what: `step of a run of ${length}, journal fsynced`, value: inMs(step) },
      { what: 'a step against a job', value: `${(step / job).toFixed(1)}×`, goal: 'at most 4×' },
    ];
  } finally {
    await redis.stop();
  }
}

async function rawChain(redis: PrivateRedis): Promise<number> {
  const connection = { path: redis.socket, maxRetriesPerRequest: null };
  const options = { attempts: 1, removeOnComplete: true, removeOnFail: true };
  const queue = new Queue<{ at: number }>('raw', { connection, defaultJobOptions: options });
  let ended = () => {};
  const end = new Promise<void>(resolve => {
    ended = resolve;
  });
  const worker = new Worker<{ at: number }>(
    'raw',
    async ({ data: { at } }) => {
      if (at === length) ended();
      else await queue.add('step', { at: at + 1 });
    },
    { connection, concurrency: 1 },
  );
  await worker.waitUntilReady();
  const begun = performance.now();
  await queue.add('step', { at: 1 });
  await end;
  const took = performance.now() - begun;
  await worker.close();
  await queue.close();
  return took;
}

async function ourChain(redis: PrivateRedis, round: number): Promise<number> {
  const mirror = mkdtempSync(join(tmpdir(), 'ferry-bench-'));
  const links = Array.from({ length }, (_, at) => ({ id: `link-${at}`, phase: 'prepare' as const, changes: true }));
  const { procedure, nodes } = chain(links, () => {});
  const store = await toyJournal(redis.client(), mirror);
  const target = `pot-${round}`;
  const proposed = await store.journal.propose({
    environment: 'bench',
    targets: [target],
    cause: `$${round}`,
    entries: id => [
      {
        type: 'proposed',
        uid: `u${round}`,
        id,
        what: 'upgrade',
        environment: 'bench',
        targets: [{ name: target, role: 'keygen', driver: 'alice' }],
        asker: 'alice',
        because: null,
        release: null,
        room: '!room',
        cause: `$${round}`,
        nodes: nodes(target),
        kinds: { nothing: 1 },
        settings: {},
      },
    ],
  });
  store.close();
  if (!('run' in proposed)) throw new Error('locked');
  const { engine, close } = await toyEngine({
    redis: redis.client(),
    mirror,
    procedure,
    aroundAppend: (_entries, write) => write(),
    aroundMake: (_kind, send) => send(),
    error: text => process.stderr.write(`${text}\n`),
    say: () => {},
  });
  const begun = performance.now();
  await moveRun(engine, proposed.run, new AbortController().signal);
  const took = performance.now() - begun;
  const entries = await engine.journal.read(proposed.run);
  if (entries.at(-1)?.type !== 'ended') throw new Error('the run did not end');
  close();
  rmSync(mirror, { recursive: true, force: true });
  return took;
}
