import fc from 'fast-check';
import { expect, test } from 'vitest';
import { meddling } from './order-commands.ts';
import type { OrderSketch } from './order-procedure.ts';
import { OrderRun } from './order-run.ts';

/** `npm run chaos -- --model` plays more. */
const seeds = Number(process.env.FERRY_ORDER_SEEDS ?? 100);
const first = Number(process.env.FERRY_ORDER_SEED ?? 1);

const roles = ['frontend', 'backend', 'distgit', 'keygen'] as const;

/** Each role by itself, some together, and whole environments. */
const sketch: fc.Arbitrary<OrderSketch> = fc.record({
  what: fc.constantFrom('upgrade', 'upgrade', 'upgrade', 'upgrade', 'retirement', 'return', 'return'),
  roles: fc.oneof(
    fc.constantFrom<OrderSketch['roles']>(...roles.map(role => [role])),
    fc.subarray([...roles], { minLength: 1 }),
    fc.constant([...roles]),
  ),
  powerOffOld: fc.boolean(),
  rebootTest: fc.boolean(),
  changes: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 1, maxLength: 7 }),
});

test('nothing overtakes what stands before it, whatever people leave out, do by hand, repeat or take back', async () => {
  await fc.assert(
    fc.asyncProperty(sketch, meddling, async (drawn, commands) => {
      const run = new OrderRun(drawn);
      await fc.asyncModelRun(() => ({ model: {}, real: run }), commands);
      for (let turn = 0; turn < 3_000 && !run.ended; turn += 1) run.goodwill();
      expect(run.ended, `it ends when everybody does their best: ${JSON.stringify(run.history.decide())}`).toBe(true);
    }),
    { numRuns: seeds, seed: first },
  );
}, 600_000);
