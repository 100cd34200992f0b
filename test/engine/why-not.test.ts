import { describe, expect, it } from 'vitest';
import type { NewEntry } from '#core/entries.ts';
import { type Graph, type Node, nodeKey } from '#core/graph.ts';
import { type Saying, stuckUndoing, whyNot } from '#engine/why-not.ts';
import { History } from '../builders/history.ts';
import { begun, outageAsked, proposed, started, toys } from '../builders/toy-history.ts';
import { toyProposal } from '../toy-procedure.ts';

const why = ({ run, now }: History, saying: Saying) => whyNot(run, saying, toys, now);
const retry = (history: History, key: string) => why(history, { say: 'retry', step: history.step(key) });
const halt = (step: string): NewEntry => ({ type: 'halted', step, code: 'c', sentence: 's', evidence: [] });
const turn = (how: 'rollback' | 'cancel', ...targets: string[]): NewEntry => {
  return { type: 'turning-back', how, person: 'carol', because: null, targets };
};
const turned = (...targets: string[]): NewEntry => {
  return { type: 'turned-back', targets, dropped: [], nodes: [], plans: {}, shown: true };
};
const unseen = (step: string): NewEntry => ({ type: 'unseen', step, sentence: 'no answer', until: 1 });

/** A retirement of pot whose only step removes something. */
function retirement(): History {
  const node = toys.nodes(['pot']).find(one => one.step === 'ring-bell')!;
  const graph: Graph = { 'pot/ring-bell': { ...node, phase: 'retire', gate: 'retire', after: [] } };
  return new History({ ...toyProposal(toys, { graph }), what: 'retirement' });
}

it('nothing is taken of a run that has ended', () => {
  const ended = proposed().add({ type: 'ended', outcome: 'done' });
  for (const say of ['rollback', 'cancel', 'settle', 'pause', 'resume'] as const)
    expect(why(ended, { say })).toBe('toys-1 has ended.');
});

it('only what halted is retried, and not where its target turns back', () => {
  const history = begun();
  expect(retry(history, 'pot/brew')).toBe("pot/brew isn't halted.");
  history.add(halt('pot/brew'));
  expect(retry(history, 'pot/brew')).toBeUndefined();
  history.add(turn('rollback', 'pot'));
  expect(retry(history, 'pot/brew')).toBe('toys-1 turns back, and undoes what there is of pot/brew.');
});

it('only a run that isn’t paused is paused, and only one that is goes on', () => {
  const history = proposed();
  expect(why(history, { say: 'pause' })).toBeUndefined();
  expect(why(history, { say: 'resume' })).toBe("toys-1 isn't paused.");
  history.add({ type: 'paused', person: 'bob' });
  expect(why(history, { say: 'pause' })).toBe('bob has paused toys-1 already.');
  expect(why(history, { say: 'resume' })).toBeUndefined();
});

it('the settle window is ended only while it is on', () => {
  const nodes = toys.nodes(['pot']);
  const waits = (node: Node): Node => (node.step === 'shut-door' ? { ...node, waits: 'window' } : node);
  const graph: Graph = Object.fromEntries(nodes.map(node => [node.key, waits(node)]));
  const history = new History(toyProposal(toys, { graph }), { type: 'outage-begun' });
  expect(why(history, { say: 'settle' })).toMatch(/isn't in the time after an outage/);
  history.add({ type: 'window-begun', until: history.now + 1 });
  expect(why(history, { say: 'settle' })).toBeUndefined();
  expect(why(history.later(1), { say: 'settle' })).toMatch(/isn't in the time after an outage/);
});

describe('!rollback', () => {
  it('is for an outage that has begun, and is said once', () => {
    expect(why(started(), { say: 'rollback' })).toMatch(/^no outage of toys-1 has begun: !cancel toys-1/);
    const history = begun();
    expect(why(history, { say: 'rollback' })).toBeUndefined();
    history.add(turn('rollback', 'pot'));
    expect(why(history, { say: 'rollback' })).toBe('toys-1 is turning back already, carol said so.');
  });

  it('is for targets that haven’t gone back', () => {
    const history = begun(['pot', 'pan']).add(turn('rollback', 'pot'), turned('pot'));
    expect(why(history, { say: 'rollback', targets: ['pot'] })).toBe('pot has turned back already.');
    expect(why(history, { say: 'rollback' })).toBeUndefined();
    history.add(turn('rollback', 'pan'), turned('pan'));
    expect(why(history, { say: 'rollback' })).toBe('toys-1 has turned back already.');
  });

  it('is refused where the way back isn’t whole', () => {
    const history = begun().finish('pot/ring-bell');
    expect(why(history, { say: 'rollback' })).toBe(
      'there is no whole way back: ring the bell of pot: it was heard. Mend it by hand and go on (!retry, !done).',
    );
  });

  it('takes no retirement back; what stops one is named as long as it would be taken', () => {
    const history = retirement();
    expect(why(history, { say: 'rollback' })).toMatch(/what it removed is gone\. !cancel toys-1 because … stops it/);
    history.add({ type: 'begun', step: 'pot/ring-bell' });
    expect(why(history, { say: 'rollback' })).toMatch(/what it removed is gone\.$/);
  });
});

describe('!cancel', () => {
  it('is for a run before its outage', () => {
    expect(why(outageAsked(), { say: 'cancel' })).toBeUndefined();
    expect(why(begun(), { say: 'cancel' })).toMatch(/^toys-1 is in or after its outage: !rollback toys-1 preview/);
  });

  it('is taken a second time while a look can’t see, and not a third time', () => {
    const history = proposed().add(turn('cancel', 'pot'));
    expect(why(history, { say: 'cancel' })).toBe('toys-1 is turning back already, carol said so.');
    history.add(unseen('pot/make-new'));
    expect(why(history, { say: 'cancel' })).toBeUndefined();
    history.add(turn('cancel', 'pot'));
    expect(why(history, { say: 'cancel' })).toBe('toys-1 is turning back already, carol said so.');
  });

  it('stops a retirement until it has begun to remove something', () => {
    const history = retirement();
    expect(why(history, { say: 'cancel' })).toBeUndefined();
    history.add({ type: 'begun', step: 'pot/ring-bell' });
    expect(why(history, { say: 'cancel' })).toBe("toys-1 has begun to remove instances, and that can't be undone.");
  });

  it('gives up what halted on the way back, and nothing else is left to cancel', () => {
    const history = proposed().add(turn('cancel', 'pot'));
    const undo: Node = { ...history.run.graph['pot/make-new']!, key: 'pot/undo-make-new', phase: 'undo', after: [] };
    history.add({ ...turned('pot'), nodes: [undo] } as NewEntry, halt('pot/brew'));
    expect(stuckUndoing(history.run)).toEqual([]);
    expect(why(history, { say: 'cancel' })).toBe('toys-1 is cancelled already.');
    history.add(halt(undo.key));
    expect(stuckUndoing(history.run).map(step => step.node.key)).toEqual([nodeKey('pot', 'undo-make-new')]);
    expect(why(history, { say: 'cancel' })).toBeUndefined();
  });
});
