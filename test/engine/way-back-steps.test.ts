import { expect } from 'vitest';
import type { NewEntry } from '#core/entries.ts';
import { isInOutage, outageSince } from '#core/readiness.ts';
import type { Run } from '#core/run.ts';
import { wayBack } from '#engine/turn-back.ts';
import { approval, type ToyBench } from '../builders/toy-bench.ts';
import { toyTest, useToys } from '../builders/use-toys.ts';

const toys = useToys();

function turn(...targets: string[]): NewEntry {
  return { type: 'turning-back', how: 'rollback', person: 'carol', because: null, targets };
}

/** A run that halts at a change of a target, on a world that refuses it. */
async function haltedAt(action: 'brew' | 'put', about: string, targets: readonly string[] = ['pot'], times = 9) {
  const bench = await toys.propose(targets);
  bench.world.fault('forbid', { action, about, times });
  const process = await bench.process();
  const run = await bench.play(process);
  return { bench, process, run };
}

async function goBack(bench: ToyBench, ...targets: string[]): Promise<void> {
  await bench.says(() => [turn(...targets)]);
}

const items = (run: Run) => Object.keys(run.owed);

toyTest(
  'a way back ends with a check of the old one, and what was prepared is kept until that has passed',
  async () => {
    const { bench, process } = await haltedAt('brew', 'pot');
    await goBack(bench, 'pot');
    await bench.play(process);
    const story = await bench.story();
    const at = (line: string) => story.indexOf(line);
    expect(at('begun pot/check-old')).toBeGreaterThan(at('finished pot/undo-stop-services'));
    expect(at('begun pot/undo-make-new')).toBeGreaterThan(at('finished pot/check-old'));
    expect(at('begun run/announce-over')).toBeGreaterThan(at('finished pot/check-old'));
  },
);

toyTest(
  'an old one that does not pass halts its way back: nobody is told that it is back, and the new one stays',
  async () => {
    const { bench, process } = await haltedAt('brew', 'pot');
    const read = bench.world.read.bind(bench.world);
    bench.world.read = async () => {
      const state = await read();
      const broken = (await bench.now()).steps['pot/undo-stop-services']?.status === 'done';
      return broken ? { ...state, things: { ...state.things, 'service.pot': 'broken' } } : state;
    };
    await goBack(bench, 'pot');
    const run = await bench.play(process);
    expect(run.steps['pot/check-old']).toMatchObject({ status: 'halted', halt: { code: 'not-verified' } });
    expect(run.steps['run/announce-over']?.status).toBe('waiting');
    expect(run.steps['pot/undo-make-new']?.status).toBe('waiting');
    expect(isInOutage(run)).toBe(true);
  },
);

toyTest(
  'a way back that is taken when the outage was over is an outage anew: begins and over are told again',
  async () => {
    const { bench, process, run: over } = await haltedAt('put', '"to":"shut"', ['pot'], 1);
    expect(over.steps['pot/shut-door']?.status).toBe('halted');
    expect(isInOutage(over)).toBe(false);
    await goBack(bench, 'pot');
    expect(isInOutage(await bench.now())).toBe(true);
    const run = await bench.play(process);
    expect(run.ended?.outcome).toBe('rolled-back');
    expect(items(run)).toEqual(['begins/tell', 'begins-2/tell', 'over-2/tell']);
    expect(outageSince(run)).toBeGreaterThan(run.outageBegun!.at);
    const story = await bench.story();
    const at = (line: string) => story.indexOf(line);
    expect(at('begun pot/undo-ring-bell')).toBe(-1);
    expect(at('finished run/announce-way-back')).toBeLessThan(at('begun pot/undo-brew'));
    expect(at('begun run/announce-back')).toBeGreaterThan(at('finished pot/check-old'));
  },
);

toyTest('what is prepared is undone outside the outage: another run may begin one by then', async () => {
  const { bench, process } = await haltedAt('brew', 'pot');
  bench.world.fault('forbid', { action: 'unmake', times: 9 });
  await goBack(bench, 'pot');
  const run = await bench.play(process);
  expect(run.steps['pot/undo-make-new']?.status).toBe('halted');
  expect(run.steps['run/announce-over']?.status).toBe('done');
  expect(isInOutage(run)).toBe(false);
});

toyTest('a target that follows another one back in the same outage is told of together with it', async () => {
  const bench = await toys.propose(['pot', 'pan']);
  bench.world.fault('forbid', { action: 'put', about: '"to":"shut"', times: 2 });
  const process = await bench.process();
  await bench.play(process);
  bench.world.fault('forbid', { action: 'put', about: '"service.pot"', times: 1 });
  await goBack(bench, 'pot');
  const halted = await bench.play(process);
  expect(halted.steps['pot/undo-stop-services']?.status).toBe('halted');
  await goBack(bench, 'pan');
  await bench.play(process);
  await bench.says(() => [{ type: 'retried', step: 'pot/undo-stop-services', person: 'carol' }]);
  const run = await bench.play(process);
  expect(run.turned).toEqual({ pot: 'rollback', pan: 'rollback' });
  const story = await bench.story();
  const told = story.filter(line => line.startsWith('finished run/announce-back'));
  expect(told).toHaveLength(1);
  expect(story.indexOf(told[0]!)).toBeGreaterThan(story.indexOf('finished pot/check-old'));
  expect(story.indexOf(told[0]!)).toBeGreaterThan(story.indexOf('finished pan/check-old'));
});

toyTest('users are told of a way back that has to be approved only once it is', async () => {
  const { bench, run: over } = await haltedAt('put', '"to":"shut"', ['pot'], 1);
  expect(over.steps['pot/shut-door']?.status).toBe('halted');
  const { put } = bench.procedure.kinds;
  const inverse = (...[args, made]: Parameters<NonNullable<typeof put>['inverse']>) =>
    made === undefined ? { impossible: 'not yet known' } : put!.inverse(args, made);
  const kinds = { ...bench.procedure.kinds, put: { ...put!, inverse } };
  await bench.says(current => {
    const back = wayBack({ ...current, turning: undefined }, ['pot'], bench.procedure);
    expect(back.shown).toBe(true);
    return [];
  });
  await bench.says(current => {
    for (const step of Object.values(current.steps)) {
      step.plan = step.plan?.map(change => ({ ...change, undo: { impossible: 'not yet known' } }));
    }
    const turning = turn('pot');
    const back = wayBack({ ...current, turning: undefined }, ['pot'], { ...bench.procedure, kinds });
    expect(back.shown).toBe(false);
    const nodes = back.nodes.filter(node => node.gate !== 'undo');
    expect(nodes).toEqual([]);
    return [turning, { type: 'turned-back', targets: ['pot'], ...back }];
  });
  const process = await bench.process();
  await process.move(bench.run);
  const asked = await bench.now();
  expect(asked.requests.at(-1)).toMatchObject({ status: 'open', gates: [{ gate: 'undo' }] });
  expect(items(asked)).toEqual(['begins/tell']);
  await bench.says(run => approval(run, run.requests.at(-1)!.request, 'bob'));
  await process.move(bench.run);
  expect(items(await bench.now())).toContain('begins-2/tell');
});
