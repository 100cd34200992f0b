import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileMirror } from '#adapters/mirror/file-mirror.ts';
import { keys } from '#adapters/redis-journal/keys.ts';
import { StoreClock } from '#adapters/redis-journal/redis-clock.ts';
import { redisJournal } from '#adapters/redis-journal/redis-journal.ts';
import type { NewEntry } from '#core/entries.ts';
import { BadInput } from '#core/errors.ts';
import { Runs } from '#engine/runs.ts';
import { testKey } from '#test/builders/journal-key.ts';
import { PrivateRedis } from '#test/peers/redis.ts';
import { toyProcedure } from '#test/toy-procedure.ts';

const procedure = toyProcedure();

describe('the runs as commands see them', () => {
  let redis: PrivateRedis;
  let one: Runs;
  let other: Runs;
  let mirror: string;
  const woken: string[] = [];
  const reads: string[] = [];

  beforeAll(async () => {
    redis = await PrivateRedis.start();
    mirror = mkdtempSync(join(tmpdir(), 'ferry-runs-'));
    one = open();
    other = open();
  });
  afterAll(async () => {
    await redis.stop();
    rmSync(mirror, { recursive: true, force: true });
  });

  /** Another process on the same store. */
  function open(): Runs {
    const clock = new StoreClock(keys.timeOffset);
    const journal = redisJournal({ redis: redis.client(), clock, mirror: fileMirror(mirror), key: testKey });
    const read = journal.read.bind(journal);
    journal.read = (run, after) => {
      reads.push(run);
      return read(run, after);
    };
    return new Runs({
      journal,
      clock,
      wake: { wake: async run => void woken.push(run) },
      proposer: {
        prepare: ({ targets }) => ({
          nodes: procedure.nodes(targets),
          settings: {},
          kinds: {},
          targets: targets.map(name => ({ name, role: 'backend', driver: 'alice' })),
        }),
      },
    });
  }

  let targets = 0;
  async function propose(environment = 'dev', cause = `$cause${targets}`) {
    targets += 1;
    const request = {
      what: 'upgrade',
      environment,
      targets: [`target-${targets}`],
      asker: 'alice',
      because: null,
      release: null,
      room: '!work',
    } as const;
    const proposed = await one.propose(request, cause);
    if (!('run' in proposed)) throw new Error('locked');
    return proposed.run;
  }

  it('a proposal is made once per cause, and its run is woken', async () => {
    const request = {
      what: 'upgrade',
      environment: 'dev',
      targets: ['pot'],
      asker: 'alice',
      because: 'x',
      release: 43,
      room: '!work',
    } as const;
    const first = await one.propose(request, '$once');
    expect(first).toMatchObject({ made: true });
    expect(await other.propose(request, '$once')).toMatchObject({ ...first, made: false });
    expect(await other.propose(request, '$twice')).toMatchObject({ target: 'pot' });
    expect(woken).toContain('run' in first ? first.run : '');
  });

  it('what another process appended in between is folded, and judged again', async () => {
    const id = await propose();
    await Promise.all([one.get(id), other.get(id)]);
    const paused = (runs: Runs, person: string) =>
      runs.record(id, undefined, run => (run.paused === undefined ? [{ type: 'paused', person }] : []));
    const recorded = await Promise.all([paused(one, 'alice'), paused(other, 'bob'), paused(one, 'carol')]);
    expect(recorded.flatMap(result => result.entries)).toHaveLength(1);
    expect((await one.get(id))?.head).toEqual((await other.get(id))?.head);
  });

  it('a cause is taken once, by whichever process', async () => {
    const id = await propose();
    const note = (runs: Runs) => runs.record(id, '$event', () => [{ type: 'noted', person: 'bob', text: 'x' }]);
    const results = await Promise.all([note(one), note(other), note(one)]);
    expect(results.filter(result => !result.again)).toHaveLength(1);
    expect((await other.get(id))?.notes).toHaveLength(1);
  });

  it('what begins an outage beside another of the environment is refused, naming it', async () => {
    const [first, second] = [await propose('kitchen'), await propose('kitchen')];
    const says = (id: string, ...entries: NewEntry[]) => one.record(id, undefined, () => entries);
    await says(first, { type: 'outage-begun' });
    const before = (await other.get(second))?.head.seq;
    await expect(says(second, { type: 'outage-begun' })).rejects.toThrow(
      `${first} is in its outage, and there is one at a time: ${second} waits for its end.`,
    );
    expect((await other.get(second))?.head.seq).toBe(before);
  });

  it('a refusal appends nothing and wakes nobody', async () => {
    const id = await propose();
    const before = woken.length;
    const refuse = () => {
      throw new BadInput('run', 'no.');
    };
    await expect(one.record(id, '$refused', refuse)).rejects.toThrow('no.');
    expect(await one.entries(id)).toHaveLength(1);
    expect(woken).toHaveLength(before);
  });

  it('lists the newest first, by environment, target and whether they have ended', async () => {
    const [a, b] = [await propose('prod'), await propose('prod')];
    await one.record(a, undefined, () => [{ type: 'ended', outcome: 'done' }]);
    const ids = async (filter: Parameters<Runs['list']>[0]) => (await other.list(filter)).map(run => run.id);
    expect(await ids({ environment: 'prod' })).toEqual([b, a]);
    expect(await ids({ environment: 'prod', open: true })).toEqual([b]);
    expect(await ids({ target: 'pot', open: false })).toEqual([]);
    expect(await one.get('prod-99')).toBeUndefined();
  });

  it('an ended run is not read again to list the open ones', async () => {
    const id = await propose('prod');
    await one.record(id, undefined, () => [{ type: 'ended', outcome: 'done' }]);
    reads.length = 0;
    expect((await one.list({ open: true })).map(run => run.id)).not.toContain(id);
    expect(reads).not.toContain(id);
    expect((await one.list()).map(run => run.id)).toContain(id);
  });

  it('has a target in hand by its journal, whatever the store says of locks, and knows what was proposed already', async () => {
    const run = await propose('dev', '$held');
    const { targets: held } = (await one.get(run))!;
    const again = {
      what: 'upgrade',
      environment: 'dev',
      asker: 'alice',
      because: null,
      release: null,
      room: '!w',
    } as const;
    await redis.client().del(keys.locks, keys.causes);
    const names = held.map(target => target.name);
    expect(await other.propose({ ...again, targets: names }, '$another')).toEqual({ lockedBy: run, target: names[0] });
    expect(await other.propose({ ...again, targets: ['something-else'] }, '$held')).toEqual({ run, made: false });
  });
});
