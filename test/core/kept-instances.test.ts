import { describe, expect, it } from 'vitest';
import { dueRetireReminders, keptInstances, leftNothingOld, turnedBackSince } from '#core/kept-instances.ts';
import type { Run } from '#core/run.ts';
import { History } from '#test/builders/history.ts';
import { toyProcedure, toyProposal } from '#test/toy-procedure.ts';

const day = 24 * 3_600_000;
const timing = { retireRemind: 3 * day, retireAgain: 7 * day };
const proposal = toyProposal(toyProcedure(), { targets: ['pot', 'pan'] });

function run(more: Partial<typeof proposal> = {}): History {
  return new History({ ...proposal, ...more } as typeof proposal);
}

const upgraded = () => run().add({ type: 'ended', outcome: 'done' });
const reminders = (runs: readonly Run[], now: number) =>
  dueRetireReminders(runs, timing, now).map(({ nth, targets }) => ({ nth, targets }));

it('a driver is reminded of old instances after three days, then weekly', () => {
  const { run: done, now } = upgraded();
  const after = (days: number) => reminders([done], now + days * day);
  expect(after(2.9)).toEqual([]);
  expect(after(3)).toEqual([{ nth: 1, targets: ['pot', 'pan'] }]);
  expect(after(10)).toEqual([{ nth: 2, targets: ['pot', 'pan'] }]);
});

it('each reminder comes once, and one stands for all that a bot missed while it was away', () => {
  const history = upgraded();
  const { now } = history;
  const late = reminders([history.run], now + 25 * day);
  expect(late).toEqual([{ nth: 4, targets: ['pot', 'pan'] }]);
  history.add({ type: 'reminded', about: 'retire', nth: 4, people: [], targets: ['pot', 'pan'] });
  expect(reminders([history.run], now + 26 * day)).toEqual([]);
  expect(reminders([history.run], now + 31 * day)).toHaveLength(1);
});

it('a run that was cancelled, or whose target turned back, keeps nothing', () => {
  const cancelled = run().add({ type: 'ended', outcome: 'cancelled' });
  expect(reminders([cancelled.run], cancelled.now + 30 * day)).toEqual([]);
  const half = run()
    .add({ type: 'turning-back', how: 'rollback', person: 'bob', because: null, targets: ['pan'] })
    .add({ type: 'turned-back', targets: ['pan'], dropped: [], nodes: [], plans: {}, shown: true })
    .add({ type: 'ended', outcome: 'done' });
  expect(reminders([half.run], half.now + 3 * day)).toEqual([{ nth: 1, targets: ['pot'] }]);
});

it('nobody is reminded of what is retired, is being retired, or was upgraded once more', () => {
  const first = upgraded();
  const now = first.now + 30 * day;
  const retirement = { what: 'retirement', targets: proposal.targets.slice(0, 1) } as const;
  const retiring = run(retirement);
  expect(reminders([retiring.run, first.run], now)).toEqual([{ nth: 4, targets: ['pan'] }]);
  retiring.add({ type: 'ended', outcome: 'done' });
  expect(reminders([retiring.run, first.run], now)).toEqual([{ nth: 4, targets: ['pan'] }]);
  expect([...keptInstances([retiring.run, first.run]).keys()]).toEqual(['pan']);
  expect(reminders([upgraded().run, first.run], now)).toHaveLength(1);
});

it('what is upgraded anew after its retirement is reminded of, also while its next upgrade is under way', () => {
  const retired = run({ what: 'retirement' }).add({ type: 'ended', outcome: 'done' });
  const anew = upgraded();
  expect(reminders([run().run, anew.run, retired.run], anew.now + 3 * day)).toEqual([
    { nth: 1, targets: ['pot', 'pan'] },
  ]);
});

describe('what runs launched and turned back from', () => {
  const back = (targets: string[], id = 'toys-1') =>
    run({ id })
      .add({ type: 'turning-back', how: 'rollback', person: 'bob', because: null, targets })
      .add({ type: 'turned-back', targets, dropped: [], nodes: [], plans: {}, shown: true });
  const end = (history: History, outcome: 'done' | 'cancelled' | 'rolled-back') =>
    history.add({ type: 'ended', outcome }).run;
  const retirement = () => run({ what: 'retirement' });

  it('is kept of each such run since the newest retirement that was finished', () => {
    const [first, second, third] = [0, 1, 2].map(() => end(back(['pot', 'pan']), 'rolled-back')) as [Run, Run, Run];
    expect(turnedBackSince([second, first], 'pot')).toEqual([second, first]);
    const retired = end(retirement(), 'done');
    const given = end(retirement(), 'cancelled');
    const through = upgraded().run;
    expect(turnedBackSince([through, third, given, second, retired, first], 'pot')).toEqual([third, second]);
  });

  it('is not told of before the run has ended, nor for a target that it went through with', () => {
    const open = back(['pot']);
    expect(turnedBackSince([open.run], 'pot')).toEqual([]);
    const half = end(open, 'done');
    expect(turnedBackSince([half], 'pot')).toEqual([half]);
    expect(turnedBackSince([half], 'pan')).toEqual([]);
  });

  it('is left to retire, like an old instance; with neither, the newest run that did something says why', () => {
    const nothing = (runs: readonly Run[], keeps?: (one: Run, target: string) => boolean) =>
      Object.fromEntries([...leftNothingOld(runs, keeps)].map(([name, { id }]) => [name, id]));
    const gone = end(back(['pot', 'pan'], 'toys-2'), 'rolled-back');
    const earlier = end(back(['pot', 'pan'], 'toys-1'), 'rolled-back');
    expect(nothing([gone, earlier])).toEqual({ pot: 'toys-2', pan: 'toys-2' });
    expect(nothing([gone, earlier], (one, target) => one === earlier && target === 'pan')).toEqual({ pot: 'toys-2' });
    expect(nothing([end(run({ id: 'toys-4' }), 'cancelled'), run({ id: 'toys-3' }).run, gone])).toEqual({
      pot: 'toys-2',
      pan: 'toys-2',
    });
    expect(nothing([upgraded().run, gone])).toEqual({});
  });
});

it('what was turned back from is kept like an old instance, where the run left one', () => {
  const back = (how: 'rollback' | 'cancel', outcome: 'rolled-back' | 'cancelled') =>
    run()
      .add({ type: 'turning-back', how, person: 'bob', because: null, targets: ['pot', 'pan'] })
      .add({ type: 'turned-back', targets: ['pot', 'pan'], dropped: [], nodes: [], plans: {}, shown: true })
      .add({ type: 'ended', outcome });
  const keeps = (_run: Run, target: string) => target === 'pot';
  for (const history of [back('rollback', 'rolled-back'), back('cancel', 'cancelled')]) {
    const due = (runs: readonly Run[], days: number) =>
      dueRetireReminders(runs, timing, history.now + days * day, keeps).map(({ nth, targets }) => ({ nth, targets }));
    expect(due([history.run], 2)).toEqual([]);
    expect(due([history.run], 3)).toEqual([{ nth: 1, targets: ['pot'] }]);
    const retired = run({ what: 'retirement' }).add({ type: 'ended', outcome: 'done' });
    expect(due([retired.run, history.run], 3)).toEqual([]);
  }
});

it('nothing old is kept of a target that returned, and of one that is returning nobody is reminded', () => {
  const first = upgraded();
  const now = first.now + 30 * day;
  const returning = run({ what: 'return', targets: proposal.targets.slice(0, 1) });
  expect(reminders([returning.run, first.run], now)).toEqual([{ nth: 4, targets: ['pan'] }]);
  expect([...keptInstances([returning.run, first.run]).keys()]).toEqual(['pot', 'pan']);
  returning.add({ type: 'ended', outcome: 'done' });
  expect([...keptInstances([returning.run, first.run]).keys()]).toEqual(['pan']);
  expect(turnedBackSince([returning.run, first.run], 'pot')).toEqual([returning.run]);
  const gone = run({ what: 'retirement', targets: proposal.targets.slice(0, 1) }).add({
    type: 'ended',
    outcome: 'done',
  });
  expect(turnedBackSince([gone.run, returning.run, first.run], 'pot')).toEqual([]);
});
