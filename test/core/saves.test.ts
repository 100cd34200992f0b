import { expect, test } from 'vitest';
import type { Gate, Graph, Node } from '#core/graph.ts';
import { saversOf, unsavedTargets } from '#core/saves.ts';
import { History } from '#test/builders/history.ts';
import { toyProcedure, toyProposal } from '#test/toy-procedure.ts';

const procedure = toyProcedure();

/** A run in which steps keep what a gate's steps change. */
function keeping(saves: Readonly<Record<string, Gate>>): History {
  const nodes = procedure.nodes(['pot', 'pan']).map((node): [string, Node] => {
    const gate = saves[node.step];
    return [node.key, gate === undefined ? node : { ...node, saves: gate }];
  });
  return new History(toyProposal(procedure, { targets: ['pot', 'pan'], graph: Object.fromEntries(nodes) as Graph }));
}

const skip = (step: string) => ({ type: 'skipped', step, person: 'bob', because: 'x', request: null }) as const;
const savers = ({ run }: History) => saversOf(run, 'database', 'pot').map(step => step.node.key);
const unsaved = ({ run }: History, without?: string) =>
  unsavedTargets(run, 'database', without === undefined ? undefined : run.steps[without]);

test('a target has nothing left to go back to when each step that would have kept it is left out, and no other has', () => {
  const history = keeping({ 'write-line': 'database', brew: 'database' });
  expect(savers(history)).toEqual(['pot/write-line', 'pot/brew']);
  history.add(skip('pot/write-line'));
  expect(savers(history)).toEqual(['pot/brew']);
  expect(unsaved(history)).toEqual([]);
  expect(unsaved(history, 'pot/brew')).toEqual(['pot']);
  history.add(skip('pot/brew'));
  expect(unsaved(history)).toEqual(['pot']);
});

test('a step that turns out to have nothing to do keeps nothing; one that isn’t planned yet may', () => {
  const history = keeping({ brew: 'database' });
  expect(unsaved(history)).toEqual([]);
  history.add({ type: 'planned', step: 'pot/brew', changes: [] });
  expect(savers(history)).toEqual([]);
  expect(unsaved(history)).toEqual(['pot']);
});

test('what people keep by hand is kept', () => {
  const history = keeping({ brew: 'database' });
  history.add({ type: 'done-by-hand', step: 'pot/brew', person: 'bob', because: 'x' });
  expect(unsaved(history)).toEqual([]);
});

test('nothing is to be kept where the gate’s steps change nothing, or where the graph names nothing that would', () => {
  const history = keeping({ brew: 'database' }).add(skip('pot/brew'));
  history.add({ type: 'planned', step: 'pot/ring-bell', changes: [] });
  expect(unsaved(history)).toEqual([]);
  expect(unsaved(keeping({ brew: 'storage' }).add(skip('pot/brew')))).toEqual([]);
  expect(unsaved(keeping({}))).toEqual([]);
});
