import { describe, expect } from 'vitest';
import type { NewEntry } from '#core/entries.ts';
import type { Run } from '#core/run.ts';
import type { Sabotage, ToyBench } from '../builders/toy-bench.ts';
import { toyTest, useToys } from '../builders/use-toys.ts';
import { effectsPerTarget } from '../toy-procedure.ts';

const toys = useToys();

/** Where a process dies in the making of a change. */
const places = [
  'before it is intended',
  'when it is intended',
  'before the effect',
  'after the effect',
  'before it is recorded',
  'when it is recorded',
] as const;

/** One change for each way of repeating. */
const changes = [
  ['token', 'make-new/0', 'make'],
  ['converges', 'move-parts/1', 'put'],
  ['look', 'write-line/0', 'write'],
  ['converges, detached', 'brew/0', 'brew'],
  ['ask', 'ring-bell/0', 'ring'],
] as const;

function dieAt(change: string, kind: string, place: (typeof places)[number]): Sabotage {
  let intended = false;
  const about = (entry: NewEntry, types: readonly string[]) =>
    types.includes(entry.type) && 'change' in entry && entry.change === `pot/${change}`;
  return {
    async append(process, entries, write) {
      const intends = entries.some(entry => about(entry, ['intended']));
      const records = entries.some(entry => about(entry, ['made', 'found']));
      if (place === 'before it is intended' && intends) throw process.die();
      if (place === 'before it is recorded' && records) throw process.die();
      await write();
      if (intends) intended = true;
      if (place === 'when it is intended' && intends) throw process.die();
      if (place === 'when it is recorded' && records) throw process.die();
    },
    async make(process, name, send) {
      const here = intended && name === kind;
      if (here && place === 'before the effect') throw process.die();
      await send();
      if (here && place === 'after the effect') throw process.die();
    },
  };
}

/** Every effect of a whole run is there, each once. */
function expectWhole(bench: ToyBench, run: Run): void {
  expect(run.ended?.outcome).toBe('done');
  const done = bench.world.effects.map(effect => `${effect.action} ${JSON.stringify(effect.args)}`);
  expect(new Set(done).size).toBe(effectsPerTarget);
  expect(done).toHaveLength(effectsPerTarget);
  expect(bench.errors).toEqual([]);
}

describe.each(changes)('a change that is repeated by %s (%s)', (repeat, change, kind) => {
  toyTest.each(places)('has its effect once when the process dies %s', async place => {
    const bench = await toys.propose();
    const first = await bench.process(dieAt(change, kind, place));
    await bench.play(first);
    expect(first.dead).toBe(true);
    await bench.leaseRunsOut();
    const second = await bench.process();
    let run = await bench.play(second);
    const lost = place === 'when it is intended' || place === 'before the effect';
    if (repeat === 'ask' && lost) {
      expect(run.steps['pot/ring-bell']).toMatchObject({ status: 'halted', halt: { code: 'unclear' } });
      run = await bench.play(second, { retry: true });
    }
    expectWhole(bench, run);
    const keys = bench.world.calls.filter(call => call.action === kind).map(call => call.key);
    for (const key of keys) expect(key, 'a restart raises no generation').toMatch(/\.g1$/);
  });
});

/** Lives for one to seven appends, and dies before or after the last of them, until the run has ended. */
async function diesOften(bench: ToyBench, when: 'before' | 'after'): Promise<number> {
  for (let lives = 1; lives < 200; lives += 1) {
    let left = 1 + (lives % 7);
    const process = await bench.process({
      async append(self, _entries, write) {
        left -= 1;
        if (when === 'before' && left === 0) throw self.die();
        await write();
        if (left === 0) throw self.die();
      },
    });
    const run = await bench.play(process, { retry: true });
    process.close();
    if (run.ended !== undefined) return lives;
    await bench.leaseRunsOut();
  }
  throw new Error((await bench.story()).join('\n'));
}

toyTest.each(['before', 'after'] as const)(
  'a process that dies every few appends, %s the last, still gets there, each effect once',
  async when => {
    const bench = await toys.propose();
    expect(await diesOften(bench, when)).toBeGreaterThan(10);
    expectWhole(bench, await bench.now());
  },
);
