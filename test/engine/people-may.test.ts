import { describe, expect, it } from 'vitest';
import type { NewEntry } from '#core/entries.ts';
import { type Graph, type Node, nodeKey } from '#core/graph.ts';
import { makeSkipRequest } from '#core/skips.ts';
import { skipWantsSecond, whyNotDone, whyNotSkipped } from '#engine/people-may.ts';
import type { Procedure } from '#engine/plan-step.ts';
import { History } from '../builders/history.ts';
import { begun, liveAsked, outageAsked, proposed, started, toys } from '../builders/toy-history.ts';
import { toyProposal } from '../toy-procedure.ts';

const halt = (step: string): NewEntry => ({ type: 'halted', step, code: 'c', sentence: 's', evidence: [] });
const byHand = (step: string): NewEntry => ({ type: 'done-by-hand', step, person: 'bob', because: 'x' });
const skipped = (step: string): NewEntry => ({ type: 'skipped', step, person: 'dan', because: 'x', request: null });
const turn = (...targets: string[]): NewEntry => {
  return { type: 'turning-back', how: 'rollback', person: 'carol', because: null, targets };
};

/** The procedure with a step told otherwise. */
function told(id: string, more: Partial<Procedure['steps'][string]>): Procedure {
  return { ...toys, steps: { ...toys.steps, [id]: { ...toys.steps[id]!, ...more } } };
}

/** A run whose nodes are altered, where it says. */
function altered(more: Readonly<Record<string, Partial<Node>>>, what: 'upgrade' | 'retirement' = 'upgrade'): History {
  const graph: Graph = Object.fromEntries(toys.nodes(['pot']).map(node => [node.key, { ...node, ...more[node.step] }]));
  return new History({ ...toyProposal(toys, { graph }), what });
}

describe('!done', () => {
  const people = told('write-line', { byPeople: true });
  const why = (history: History, step: string, procedure: Procedure = toys) =>
    whyNotDone(history.run, history.step(`pot/${step}`), procedure);

  it('is for no step that reads, runs, is being checked, or is over', () => {
    const history = proposed().add(halt('pot/check-readiness'));
    expect(why(history, 'check-readiness')).toMatch(/nobody else can know: mend what it says, then !retry/);
    const outage = begun().finish('run/announce-outage').add({ type: 'begun', step: 'pot/stop-services' });
    expect(why(outage, 'stop-services')).toMatch(/is running: !pause first/);
    outage.add(halt('pot/stop-services'));
    expect(why(outage, 'stop-services')).toBeUndefined();
    outage.add(byHand('pot/stop-services'));
    expect(why(outage, 'stop-services')).toMatch(/bob did pot\/stop-services by hand already/);
    outage.add({ type: 'finished', step: 'pot/stop-services', outputs: {}, note: null });
    expect(why(outage, 'stop-services')).toBe('pot/stop-services is done already.');
  });

  it('is for what halted, or what people do, and only once the run has come to it', () => {
    const history = begun().finish('run/announce-outage');
    expect(why(history, 'stop-services')).toMatch(/only a step that halted, or one that people do/);
    expect(why(history, 'write-line', people)).toBe(
      "pot/write-line hasn't been reached: pot/stop-services comes before it.",
    );
    history.finish('pot/stop-services');
    expect(why(history, 'write-line', people)).toBeUndefined();
    expect(why(history, 'write-line')).toMatch(/only a step that halted/);
  });

  it('says what stands before the step: others, the way back, the outage, what a step left out left', () => {
    const brewer = told('brew', { byPeople: true });
    const history = begun().finish('run/announce-outage');
    expect(why(history, 'brew', brewer)).toMatch(/: pot\/write-line, pot\/move-parts come before it\.$/);
    history.add(skipped('pot/write-line'), skipped('pot/move-parts'));
    expect(why(history, 'brew', brewer)).toMatch(
      /: what stands before a step that was left out comes before it, too\.$/,
    );
    history.add(turn('pot'));
    expect(why(history, 'brew', brewer)).toMatch(/: toys-1 turns back\.$/);
    const before = altered({ brew: { after: [] } });
    expect(why(before, 'brew', brewer)).toMatch(/: the outage comes before it\.$/);
  });

  it('waits for the answer where somebody wants to leave the step out', () => {
    const history = begun().finish('run/announce-outage').add(halt('pot/stop-services'));
    const skip = { step: 'pot/stop-services', person: 'carol', because: 'x' };
    history.add(makeSkipRequest(history.run, skip, history.policy, history.now));
    expect(why(history, 'stop-services')).toMatch(/somebody wants to leave out pot\/stop-services: answer that first/);
  });
});

describe('!skip', () => {
  const why = (history: History, step: string, person = 'carol', procedure: Procedure = toys) =>
    whyNotSkipped(history.run, history.step(`pot/${step}`), person, procedure);

  it('wants a second person in an outage, in a retirement, and for a safeguard', () => {
    const wants = (history: History, procedure: Procedure = toys) =>
      skipWantsSecond(history.run, history.step('pot/write-line'), procedure);
    expect(wants(proposed())).toBe(false);
    expect(wants(proposed(), told('write-line', { safeguard: true }))).toBe(true);
    expect(wants(begun())).toBe(true);
    expect(wants(altered({}, 'retirement'))).toBe(true);
  });

  it('is for what waits or halted, and is needed for nothing that turns back', () => {
    const history = begun().finish('run/announce-outage');
    expect(why(history, 'check-service')).toBeUndefined();
    history.add(halt('pot/check-service'));
    expect(why(history, 'check-service')).toBeUndefined();
    history.add({ type: 'retried', step: 'pot/check-service', person: 'bob' }, turn('pot'));
    expect(why(history, 'check-service')).toMatch(/toys-1 turns back, and drops pot\/check-service by itself/);
    const running = begun().add({ type: 'begun', step: 'pot/check-service' });
    expect(why(running, 'check-service')).toBe('pot/check-service is running.');
  });

  it('is for nothing that others rely on: by what it reads, or by its outputs', () => {
    expect(why(proposed(), 'check-readiness')).toMatch(/everything relies on what pot\/check-readiness reads/);
    const history = proposed(['pot', 'pan']);
    expect(why(history, 'make-new')).toMatch(/^pot\/open-door relies on pot\/make-new/);
    history.add(skipped('pot/open-door'));
    expect(why(history, 'make-new')).toMatch(/^pot\/shut-door relies on pot\/make-new/);
    history.add(halt('pot/shut-door'), byHand('pot/shut-door'));
    expect(why(history, 'make-new'), 'pan’s own steps rely on pan’s').toBeUndefined();
  });

  it('is for no link of the chain that one gate allows in one phase, where a second person would be asked', () => {
    const chain = { 'move-parts': { gate: 'address' }, 'shut-door': { gate: 'storage' } } as const;
    const history = altered(chain).add({ type: 'outage-begun' });
    expect(why(history, 'move-parts')).toMatch(/^pot\/brew relies on pot\/move-parts/);
    expect(why(history, 'brew'), 'it comes after').toBeUndefined();
    history.add({ type: 'planned', step: 'pot/brew', changes: [] });
    expect(why(history, 'move-parts'), 'it changes nothing').toBeUndefined();
    expect(why(altered(chain), 'move-parts'), 'the plan is asked for without it').toBeUndefined();
    const settle = altered({}).add({ type: 'outage-begun' });
    expect(why(settle, 'brew'), 'SHUT-DOOR is of another phase').toBeUndefined();
    expect(why(settle, 'write-line'), 'it needs no gate').toBeUndefined();
  });

  it('is for no step that is the last to keep what can’t be undone', () => {
    const history = altered({ 'write-line': { saves: 'database' } });
    expect(why(history, 'write-line')).toMatch(/^DATABASE of pot can't be undone, and pot\/write-line is the last/);
    const two = altered({ 'write-line': { saves: 'database' }, brew: { saves: 'database' } });
    expect(why(two, 'write-line')).toBeUndefined();
  });

  it('is for no step that takes another back, but for the checks of a way back', () => {
    const node = (step: string): Node => {
      return { ...toys.nodes(['pot'])[0]!, key: nodeKey('pot', step), step, phase: 'undo', after: [] };
    };
    const nodes = [node('undo-brew'), node('check-old')];
    const history = begun().add(turn('pot'), {
      ...{ type: 'turned-back', targets: ['pot'], dropped: [], plans: {}, shown: true },
      nodes,
    });
    expect(why(history, 'undo-brew')).toBe('pot/undo-brew is part of the way back: do it by hand and say !done.');
    expect(why(history, 'check-old')).toBeUndefined();
  });

  it('is not for who approved the plan, before the outage, unless they took that back', () => {
    const history = outageAsked().approve('r2', 'bob');
    expect(why(history, 'write-line', 'bob')).toMatch(/^you approved toys-1 as it is/);
    expect(why(history, 'write-line', 'carol')).toBeUndefined();
    history.approve('r2', 'dan').add({ type: 'withdrawn', request: 'r1', person: 'bob', saw: 'gone' });
    history.add({ type: 'withdrawn', request: 'r2', person: 'bob', saw: 'gone' });
    expect(why(history, 'write-line', 'bob')).toBeUndefined();
    expect(why(begun(), 'write-line', 'bob')).toBeUndefined();
    const over = liveAsked().approve('r1', 'bob').add({ type: 'voided', request: 'r1', why: 'drift', difference: [] });
    expect(why(over, 'write-line', 'bob')).toBeUndefined();
    expect(started().run.asker).toBe('alice');
    const retirement = new History({ ...toyProposal(toys), what: 'retirement' });
    const asked = outageAsked().entries.slice(1) as readonly NewEntry[];
    expect(why(retirement.add(...asked).approve('r2', 'bob'), 'write-line', 'bob')).toBeUndefined();
  });
});
