import { expect } from 'vitest';
import { Halt } from '#core/errors.ts';
import { changeOf } from '#core/fold.ts';
import type { Run } from '#core/run.ts';
import { defineStep } from '#engine/define-step.ts';
import type { Procedure } from '#engine/plan-step.ts';
import { wayBack } from '#engine/turn-back.ts';
import { whyNot } from '#engine/why-not.ts';
import type { ToyBench } from '../builders/toy-bench.ts';
import { toyTest, useToys } from '../builders/use-toys.ts';

const toys = useToys();

/** The toys' procedure, in which what the bell changed comes back from what write-line keeps, in the place of move-parts' inverses. */
function restoring(bench: ToyBench, { copied = true, foundToo = [] as readonly string[] } = {}): Procedure {
  const copy = bench.procedure.steps['move-parts']?.plan;
  const bringBack = defineStep({
    id: 'bring-back',
    title: 'Bring it back from the copy',
    danger: 'irreversible',
    gate: 'undo',
    plan(context) {
      if (!copied) throw new Halt('no-copy', `${context.target}: there is no copy`);
      return copy?.(context) ?? [];
    },
  });
  return {
    ...bench.procedure,
    steps: { ...bench.procedure.steps, 'bring-back': bringBack },
    wayBack: {
      ...bench.procedure.wayBack!,
      restore: { step: 'bring-back', kinds: ['ring'], foundToo, from: 'write-line', insteadOf: 'move-parts' },
    },
  };
}

/** A run that halted once the bell was rung, or while it brewed. */
async function haltedAfter(bench: ToyBench, step: 'brew' | 'ring-bell'): Promise<Run> {
  if (step === 'brew') bench.world.fault('forbid', { action: 'brew', times: 9 });
  else {
    const read = bench.world.read.bind(bench.world);
    bench.world.read = async () => {
      const state = await read();
      const rung = (await bench.now()).steps['pot/ring-bell']?.status === 'done';
      return rung ? { ...state, things: { ...state.things, 'pot.lid': 'broken' } } : state;
    };
  }
  return bench.play(await bench.process());
}

toyTest(
  'what no inverse brings back is brought back by a step of its own, behind UNDO, with all that goes back with it',
  async () => {
    const bench = await toys.propose(['pot']);
    const run = await haltedAfter(bench, 'ring-bell');
    expect(run.steps['pot/check-service']?.status).toBe('halted');
    expect(wayBack(run, ['pot'], bench.procedure).impossible).toHaveLength(1);
    const back = wayBack(run, ['pot'], restoring(bench));
    expect(back.impossible).toEqual([]);
    expect(back.shown).toBe(false);
    expect(back.nodes.map(node => node.gate).filter(gate => gate !== 'undo')).toEqual([]);
    const keys = back.nodes.map(node => node.key);
    expect(keys).toContain('pot/bring-back');
    expect(keys).not.toContain('pot/undo-move-parts');
    expect(keys).not.toContain('pot/undo-ring-bell');
    const node = (key: string) => back.nodes.find(one => one.key === key);
    expect(node('pot/bring-back')).toMatchObject({ title: 'Bring it back from the copy', danger: 'irreversible' });
    expect(node('pot/bring-back')?.after).toContain('pot/undo-brew');
    expect(node('pot/undo-stop-services')?.after).toContain('pot/bring-back');
    expect(back.plans['pot/bring-back']?.map(change => change.id)).toEqual(['pot/bring-back/0', 'pot/bring-back/1']);
    expect(whyNot(run, { say: 'rollback' }, restoring(bench), 0)).toBeUndefined();
  },
);

toyTest('where nothing was changed for good the way back is the inverses alone, as it was shown', async () => {
  const bench = await toys.propose(['pot']);
  const back = wayBack(await haltedAfter(bench, 'brew'), ['pot'], restoring(bench));
  expect(back.nodes.map(node => node.key)).toContain('pot/undo-move-parts');
  expect(back.nodes.map(node => node.key)).not.toContain('pot/bring-back');
  expect(back.shown).toBe(true);
});

toyTest('without the copy there is no whole way back, and the refusal says why', async () => {
  const bench = await toys.propose(['pot']);
  const run = await haltedAfter(bench, 'ring-bell');
  expect(whyNot(run, { say: 'rollback' }, restoring(bench, { copied: false }), 0)).toMatch(
    /no whole way back: pot: there is no copy/,
  );
});

toyTest('what people did by hand is taken for changed for good: how they did it is not known', async () => {
  const bench = await toys.propose(['pot']);
  const run = structuredClone(await haltedAfter(bench, 'brew'));
  const step = run.steps['pot/ring-bell']!;
  step.status = 'done';
  step.byHand = { person: 'alice', because: 'it rang' } as typeof step.byHand;
  expect(wayBack(run, ['pot'], restoring(bench)).nodes.map(node => node.key)).toContain('pot/bring-back');
});

toyTest(
  'what was found done already is taken for changed for good where the procedure says so, and there alone',
  async () => {
    const bench = await toys.propose(['pot']);
    const run = structuredClone(await haltedAfter(bench, 'ring-bell'));
    const [change] = run.steps['pot/ring-bell']!.plan!;
    Object.assign(changeOf(run, change!.id), { found: true });
    const keys = (foundToo: readonly string[]) =>
      wayBack(run, ['pot'], restoring(bench, { foundToo })).nodes.map(node => node.key);
    expect(keys(['ring'])).toContain('pot/bring-back');
    expect(keys(['ring'])).not.toContain('pot/undo-move-parts');
    expect(keys([])).not.toContain('pot/bring-back');
    expect(keys([])).toContain('pot/undo-move-parts');
  },
);

toyTest('what matters to nobody who waits is undone beside the way back, after its check', async () => {
  const bench = await toys.propose(['pot']);
  const run = await haltedAfter(bench, 'brew');
  const line = { ...bench.procedure.steps['stop-services']!, undoneBeside: true as const };
  const procedure = { ...bench.procedure, steps: { ...bench.procedure.steps, 'stop-services': line } };
  const back = wayBack(run, ['pot'], procedure);
  const node = (key: string) => back.nodes.find(one => one.key === key);
  expect(node('pot/undo-stop-services')).toMatchObject({ undoes: 'prepare' });
  expect(node('pot/undo-stop-services')?.after).toContain('pot/check-old');
  expect(node('pot/check-old')?.after).not.toContain('pot/undo-stop-services');
});
