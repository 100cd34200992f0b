import { describe, expect } from 'vitest';
import type { NewEntry } from '#core/entries.ts';
import type { Run } from '#core/run.ts';
import { Forger } from '../builders/forger.ts';
import { approval } from '../builders/toy-bench.ts';
import { toyTest, useToys } from '../builders/use-toys.ts';

const toys = useToys();

/** All that it takes to start, as somebody would write it who has all but the key. */
function whatItTakes(run: Run): NewEntry[] {
  const open = run.requests.filter(request => request.status === 'open');
  return [...open.flatMap(request => approval(run, request.request, 'bob')), { type: 'started', person: 'alice' }];
}

describe('what is written to the store without the key', () => {
  toyTest('an approval and a start: the run stands, and nothing is done that was not', async () => {
    const bench = await toys.propose();
    const process = await bench.process();
    await process.move(bench.run);
    const before = await bench.now();
    const effects = bench.world.effects.length;
    await new Forger(bench.redis.client()).appends(bench.run, ...whatItTakes(before));
    await process.move(bench.run);
    const stands = await bench.now();
    expect(stands).toMatchObject({ unsealed: before.head.seq + 1, started: undefined });
    expect(stands.requests.map(one => one.status)).toEqual(before.requests.map(one => one.status));
    expect(bench.world.effects).toHaveLength(effects);
    expect(bench.errors).toEqual([]);
  });

  toyTest(
    'a plan with another change, and its step begun: nothing of it is made, by who knew the run or by who is new',
    async () => {
      const bench = await toys.propose();
      const process = await bench.process();
      const ready = await bench.playUntilStart(process);
      const effects = bench.world.effects.length;
      const [outage] = Object.values(ready.steps).filter(
        step => step.node.phase === 'outage' && (step.plan ?? []).length > 0,
      );
      const [change] = outage?.plan ?? [];
      if (outage === undefined || change === undefined) throw new Error('nothing is planned');
      const args = { ...change.args, text: 'owned' };
      await new Forger(bench.redis.client()).appends(
        bench.run,
        { type: 'planned', step: outage.node.key, changes: [{ ...change, args }] },
        { type: 'begun', step: outage.node.key },
      );
      await process.move(bench.run);
      await (await bench.process()).move(bench.run);
      expect(bench.world.effects).toHaveLength(effects);
      await expect(bench.says(() => [{ type: 'started', person: 'alice' }])).rejects.toThrow(/entry \d+ doesn't bear/);
    },
  );

  toyTest('while a change is made: what is under way ends, and nothing begins', async () => {
    const bench = await toys.propose();
    const ready = await bench.playUntilStart(await bench.process());
    await bench.says(() => [{ type: 'started', person: 'alice' }]);
    let forged = false;
    const process = await bench.process({
      make: async (_process, _kind, send) => {
        if (!forged && (await bench.now()).outageBegun !== undefined) {
          forged = true;
          await new Forger(bench.redis.client()).appends(bench.run, { type: 'resumed', person: 'mallory' });
        }
        await send();
      },
    });
    await process.move(bench.run);
    expect(forged).toBe(true);
    const effects = bench.world.effects.length;
    expect((await bench.now()).unsealed).toBeGreaterThan(ready.head.seq);
    await process.move(bench.run);
    expect(bench.world.effects).toHaveLength(effects);
  });
});
