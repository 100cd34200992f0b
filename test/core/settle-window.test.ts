import { beforeEach, expect, it } from 'vitest';
import { mayStart } from '#core/decide.ts';
import type { NewEntry } from '#core/entries.ts';
import type { Graph, Node } from '#core/graph.ts';
import { windowUntil } from '#core/settle-window.ts';
import { History, minute, people } from '../builders/history.ts';
import { toyProcedure, toyProposal } from '../toy-procedure.ts';

const hour = 60 * minute;
const last = 'pot/shut-door';
let run: History;

/** A run whose outage has just ended, and whose last step waits for the window. */
beforeEach(() => {
  const nodes = toyProcedure().nodes(['pot']);
  const graph: Graph = Object.fromEntries(
    nodes.map((node): [string, Node] => [node.key, node.key === last ? { ...node, waits: 'window' } : node]),
  );
  run = new History(toyProposal(toyProcedure(), { graph }));
  run.policy = { ...people, settleFor: 4 * hour };
  for (const { key, phase } of nodes) if (phase === 'prepare') run.finish(key);
  run.add({ type: 'started', person: 'alice' }, { type: 'outage-begun' });
  for (const { key, phase } of nodes) if (phase === 'outage') run.finish(key);
  run.add({ type: 'planned', step: last, changes: [] });
});

/** What follows from the journal and the time, until nothing more does. */
function settles(): void {
  const { append } = run.decide();
  if (append.length > 0) settles.call(run.add(...append));
}

it('begins when the outage is over, and is journaled with its end', () => {
  expect(run.decide().append).toEqual([{ type: 'window-begun', until: run.now + 4 * hour }]);
});

it('does not begin before the outage, nor in it', () => {
  const { entries } = run;
  const upTo = (type: string) => {
    const before = new History(
      ...(entries.slice(
        0,
        entries.findIndex(entry => entry.type === type),
      ) as NewEntry[]),
    );
    before.policy = run.policy;
    return before;
  };
  expect(upTo('started').decide().append).toEqual([]);
  const inOutage = upTo('outage-begun').add({ type: 'outage-begun' });
  expect(inOutage.decide().append).not.toContainEqual(expect.objectContaining({ type: 'window-begun' }));
});

it('is no more when nothing is left that waits for its end', () => {
  settles();
  expect(windowUntil(run.run, run.now)).toBe(run.now + 4 * hour);
  run.add({ type: 'skipped', step: last, person: 'bob', because: 'by hand later', request: null });
  expect(windowUntil(run.run, run.now)).toBeUndefined();
});

it('what waits for it begins at its end and not before; that is when the run is looked at again', () => {
  settles();
  const until = run.now + 4 * hour;
  expect(run.decide()).toMatchObject({ start: [], wakeAt: until, waiting: [{ for: 'window', until }] });
  run.later(4 * hour - 1);
  expect(run.decide().start).toEqual([]);
  expect(mayStart(run.run, last, run.policy, run.now)).toBe(false);
  run.later(1);
  expect(run.decide().start).toEqual([last]);
});

it('another value in the estate changes nothing of what was said', () => {
  settles();
  run.policy = { ...people, settleFor: minute };
  run.later(hour);
  expect(run.decide()).toMatchObject({ start: [], append: [] });
});

it('!settle ends it at once', () => {
  settles();
  run.later(hour).add({ type: 'settled', person: 'carol' });
  expect(run.decide().start).toEqual([last]);
  expect(windowUntil(run.run, run.now)).toBeUndefined();
});

it('does not begin while a target turns back, nor for a run that wholly did', () => {
  run.add({ type: 'turning-back', how: 'rollback', person: 'carol', because: null, targets: ['pot'] });
  expect(run.decide()).toMatchObject({ append: [], turnBack: true });
  run.add({ type: 'turned-back', targets: ['pot'], dropped: [last], nodes: [], plans: {}, shown: true });
  expect(run.decide().append).toEqual([{ type: 'ended', outcome: 'rolled-back' }]);
});

it('a run of a version before it goes on without', () => {
  const before = new History(toyProposal(toyProcedure()));
  before.policy = run.policy;
  for (const { key, phase } of toyProcedure().nodes(['pot'])) if (phase === 'prepare') before.finish(key);
  before.add({ type: 'started', person: 'alice' }, { type: 'outage-begun' });
  for (const { key, phase } of toyProcedure().nodes(['pot'])) if (phase === 'outage') before.finish(key);
  before.add({ type: 'planned', step: last, changes: [] });
  expect(before.decide().start).toEqual([last]);
});
