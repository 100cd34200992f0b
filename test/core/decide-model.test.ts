import fc from 'fast-check';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { decide } from '#core/decide.ts';
import { fold } from '#core/fold.ts';
import { RunModel } from './run-model.ts';
import type { Sketch } from './run-sketch.ts';

const runs = Number(process.env.FERRY_MODEL_RUNS ?? 400);

const sketch: fc.Arbitrary<Sketch> = fc.record({
  targets: fc.array(
    fc.array(fc.record({ phase: fc.nat(2), gate: fc.nat(4), changes: fc.nat(2), back: fc.nat(1) }), {
      minLength: 1,
      maxLength: 6,
    }),
    { minLength: 1, maxLength: 3 },
  ),
  announced: fc.boolean(),
});

const choices = fc.array(fc.nat(999), { maxLength: 300, size: 'medium' });

/** How long everybody does their best before chance comes in: by chance alone hardly any outage begins. */
const headStart = fc.nat(40);

// Time and chance come in by arguments only.
beforeEach(() => {
  vi.spyOn(Math, 'random').mockImplementation(() => {
    throw new Error('core has no chance');
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

test('every history keeps the rules, and ends when everybody does their best', () => {
  fc.assert(
    fc.property(sketch, headStart, choices, (graph, turns, chances) => {
      const model = new RunModel(graph, chances);
      for (let turn = 0; turn < turns && model.history.run.ended === undefined; turn += 1) model.goodwill();
      while (!model.spent && model.history.run.ended === undefined) model.chance();
      for (let turn = 0; turn < 300 && model.history.run.ended === undefined; turn += 1) model.goodwill();
      const { run } = model.history;
      expect(run.ended, JSON.stringify(model.history.decide())).toBeDefined();
      expect(model.history.decide()).toMatchObject({ start: [], append: [], waiting: [], wakeAt: undefined });
    }),
    { numRuns: runs },
  );
}, 60_000);

test('a run is folded from its entries alone, and decides by them, the policy and the time alone', () => {
  fc.assert(
    fc.property(sketch, choices, (graph, chances) => {
      const { history } = walked(graph, chances);
      const again = fold(JSON.parse(JSON.stringify(history.entries)));
      expect(again).toEqual(history.run);
      const before = structuredClone(history.run);
      const clock = vi.spyOn(Date, 'now').mockImplementation(() => {
        throw new Error('core has no clock');
      });
      const decision = decide(again, history.policy, history.now);
      expect(decide(history.run, history.policy, history.now)).toEqual(decision);
      clock.mockRestore();
      expect(history.run, 'deciding changes nothing').toEqual(before);
    }),
    { numRuns: runs / 4 },
  );
});

/** Facts that are fresh when the outage begins, and too old before the next reminder is due. */
const ageing: [Sketch, number[], number] = [
  { targets: [[{ phase: 1, gate: 1, changes: 1, back: 0 }]], announced: false },
  [291, 171, 0, 141, 0, 0, 0, 0, 0, 845, 3, 329],
  900_001,
];
/** An approved outage that waits for its start: what comes next is that facts are read beside it. */
const warming: [Sketch, number[], number] = [
  {
    targets: [
      [
        { phase: 1, gate: 1, changes: 1, back: 0 },
        { phase: 0, gate: 0, changes: 0, back: 0 },
      ],
    ],
    announced: false,
  },
  [131, 595, 0, 181, 0, 0, 0, 0, 0, 383, 11, 0, 443, 0, 13],
  0,
];

test('until the time that it names a decision stays what it is', () => {
  fc.assert(
    fc.property(sketch, choices, fc.nat(), (graph, chances, some) => {
      const { history } = walked(graph, chances);
      const decision = history.decide();
      const { wakeAt } = decision;
      if (wakeAt === undefined || decision.read.length > 0) return;
      expect(wakeAt).toBeGreaterThan(history.now);
      const sooner = history.now + (some % (wakeAt - history.now));
      const early = decide(history.run, history.policy, sooner);
      // What a decision does is done at once, so no time is named for it: where facts have grown too old meanwhile, they are
      // read again before the outage begins, or a step that wants them.
      const aged = new Set(early.read);
      const begins = aged.size > 0 ? decision.append.filter(one => one.type !== 'outage-begun') : decision.append;
      const targetOf = (key: string) => history.run.steps[key]?.node.target ?? '';
      expect(early.append.map(one => one.type)).toEqual(begins.map(one => one.type));
      expect(early.start).toEqual(decision.start.filter(key => early.start.includes(key) || !aged.has(targetOf(key))));
      // Nobody waits for these: from some time on they are left alone.
      expect(decision.warm).toEqual(expect.arrayContaining([...early.warm]));
      const then = decide(history.run, history.policy, wakeAt);
      expect(then.append.length > 0 || then.warm.length > decision.warm.length).toBe(true);
    }),
    { numRuns: runs / 4, examples: [ageing, warming] },
  );
});

function walked(graph: Sketch, chances: readonly number[]): RunModel {
  const model = new RunModel(graph, chances);
  while (!model.spent && model.history.run.ended === undefined) model.chance();
  return model;
}
