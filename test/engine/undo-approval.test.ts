import { expect, it } from 'vitest';
import type { NewEntry } from '#core/entries.ts';
import { defineStep } from '#engine/define-step.ts';
import { type Procedure, planStep } from '#engine/plan-step.ts';
import { turnBack } from '#engine/turn-back.ts';
import { toyKinds } from '#test/toy-kinds.ts';
import type { ToyPort } from '#test/toy-world.ts';
import type { History } from '../builders/history.ts';
import { ask, begun, toys } from '../builders/toy-history.ts';

const { put } = toyKinds({} as ToyPort);

/** The toys' procedure, in which a bell that was rung comes back from the copy of this name. */
function restoring(copy = 'copy-1'): Procedure {
  const bringBack = defineStep({
    id: 'bring-back',
    title: 'Bring it back from the copy',
    danger: 'irreversible',
    gate: 'undo',
    plan: ({ target }) => [put({ thing: `${target}.bell`, from: 'rung', to: copy })],
  });
  return {
    ...toys,
    steps: { ...toys.steps, 'bring-back': bringBack },
    wayBack: {
      ...toys.wayBack!,
      restore: { step: 'bring-back', kinds: ['ring'], foundToo: [], from: 'write-line', insteadOf: 'move-parts' },
    },
  };
}

function goesBack(history: History, target: string): History {
  history.add({ type: 'turning-back', how: 'rollback', person: 'carol', because: null, targets: [target] });
  return history.add(...turnBack(history.run, restoring()));
}

const undoRequests = (history: History) => history.run.requests.filter(one => one.gates[0]?.gate === 'undo');

/** Two targets whose bells rang. The pot goes back, and bob approved that. */
function approved(): History {
  const history = begun(['pot', 'pan']).finish('run/announce-outage');
  for (const target of ['pot', 'pan'])
    for (const step of ['stop-services', 'write-line', 'move-parts', 'brew', 'ring-bell'])
      history.finish(`${target}/${step}`, { id: 'x' });
  ask(goesBack(history, 'pot'));
  const [request] = undoRequests(history);
  history.approve(request!.request, 'bob');
  expect(history.step('pot/bring-back').plan).toHaveLength(1);
  expect(history.gate('undo')).toMatchObject({ open: true, person: 'bob' });
  return history;
}

it('an approval of UNDO is void when another copy would be brought back than the one that was shown', () => {
  const history = approved();
  const changes = planStep(history.run, 'pot/bring-back', restoring('copy-2'));
  history.add({ type: 'planned', step: 'pot/bring-back', changes });
  expect(history.gate('undo')).toEqual({ open: false, why: 'void' });
});

it('an approval of UNDO is void when another target goes back from its copy too, and both are asked anew', () => {
  const history = goesBack(approved(), 'pan');
  expect(history.gate('undo')).toEqual({ open: false, why: 'void' });
  expect(undoRequests(history)).toMatchObject([{ status: 'void', why: 'turned-back' }]);
  ask(history);
  expect(undoRequests(history)).toMatchObject([{ status: 'void' }, { status: 'open', approvals: [] }]);
  history.approve(undoRequests(history)[1]!.request, 'bob');
  expect(history.gate('undo')).toMatchObject({ open: true });
});

it.each<[string, NewEntry]>([
  ['left out', { type: 'skipped', step: 'pot/bring-back', person: 'carol', because: 'by the dump', request: null }],
  ['left out beside it', { type: 'skipped', step: 'pot/undo-brew', person: 'carol', because: 'cold', request: null }],
])('an approval of UNDO is void when something of it is %s, before anything of it began', (_what, entry) => {
  const history = approved().add(entry);
  expect(history.gate('undo')).toMatchObject({ open: false });
  expect(undoRequests(history)).toMatchObject([{ status: 'void', why: 'skipped' }]);
});

it('once something behind it has begun it holds for the rest, and for no target that joins it', () => {
  const history = approved().finish('pot/undo-brew');
  expect(history.gate('undo')).toMatchObject({ open: true });
  goesBack(history, 'pan');
  expect(history.gate('undo')).toEqual({ open: false, why: 'void' });
});
