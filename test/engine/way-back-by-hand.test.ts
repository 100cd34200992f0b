import { expect, test } from 'vitest';
import { kinds } from '#changes/index.ts';
import { setTags } from '#changes/set-tags.ts';
import { defineStep, stepsOf } from '#engine/define-step.ts';
import { wayBack } from '#engine/turn-back.ts';
import { History } from '../builders/history.ts';
import { toyProposal } from '../toy-procedure.ts';

const rename = defineStep({
  id: 'rename',
  title: 'Rename it',
  danger: 'safe',
  plan: () => [setTags({ resource: 'i-old', tags: { Name: 'copr-old' } })],
});
const procedure = { steps: stepsOf([rename]), kinds };

test('what only the one who did it by hand knows is named on the way back, and nothing is guessed', () => {
  const key = 'pot/rename';
  const node = { key, target: 'pot', step: 'rename', title: 'Rename it', phase: 'settle', danger: 'safe' } as const;
  const nodes = () => [{ ...node, gate: undefined, after: [] }];
  const history = new History(toyProposal({ ...procedure, nodes }, { targets: ['pot'] })).plan(procedure);
  history.add(
    { type: 'planned', step: key, changes: [planned()] },
    { type: 'begun', step: key },
    { type: 'halted', step: key, code: 'denied', sentence: 's', evidence: [] },
    { type: 'done-by-hand', step: key, person: 'bob', because: 'in the console' },
    { type: 'found', change: `${key}/0`, output: {}, saw: 'by hand, bob' },
    { type: 'finished', step: key, outputs: {}, note: null },
  );
  const back = wayBack(history.run, ['pot'], procedure);
  expect(back.nodes).toEqual([]);
  expect(back.impossible).toEqual([expect.stringContaining('tag i-old: Name=copr-old')]);

  function planned() {
    const change = setTags({ resource: 'i-old', tags: { Name: 'copr-old' } });
    return { ...change, id: `${key}/0`, undo: { rule: 'r' }, says: 'tag i-old: Name=copr-old' };
  }
});
