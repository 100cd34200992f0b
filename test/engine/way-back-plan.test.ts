import { describe, expect, it } from 'vitest';
import type { NewEntry } from '#core/entries.ts';
import { Halt } from '#core/errors.ts';
import type { JsonObject } from '#core/json.ts';
import type { Procedure } from '#engine/plan-step.ts';
import { turnBack, wayBack } from '#engine/turn-back.ts';
import type { History } from '../builders/history.ts';
import { begun, outageAsked, toys } from '../builders/toy-history.ts';

const back = ({ run }: History, targets: readonly string[] = ['pot'], procedure: Procedure = toys) =>
  wayBack(run, targets, procedure);
const keys = (history: History, targets?: readonly string[], procedure?: Procedure) =>
  back(history, targets, procedure).nodes.map(node => node.key);
const node = (history: History, key: string, targets?: readonly string[], procedure?: Procedure) =>
  back(history, targets, procedure).nodes.find(one => one.key === key);
const says = (history: History, key: string, procedure?: Procedure) =>
  back(history, ['pot'], procedure).plans[key]?.map(change => change.says);

/** Makes a step's changes, each with this output. */
function did(history: History, key: string, output: JsonObject = { id: 'x' }): History {
  history.add({ type: 'begun', step: key });
  for (const { id } of history.step(key).plan ?? []) history.add({ type: 'made', change: id, output });
  return history.add({ type: 'finished', step: key, outputs: {}, note: null });
}

function intended(history: History, key: string): History {
  const [change] = history.step(key).plan!;
  if (history.step(key).status === 'waiting') history.add({ type: 'begun', step: key });
  const { id, kind, version, args } = change!;
  const request = { kind, version, args };
  return history.add({
    ...{ type: 'intended', change: id, generation: 1, key: 'k', request, before: null, lease: 1, sendBy: 0 },
  } as NewEntry);
}

const refused = (change: string): NewEntry => {
  return { type: 'refused', change, code: 'no', sentence: 'no', retry: false };
};

/** In the outage, whose announcement is out and whose targets are stopped. */
function stopped(targets: readonly string[] = ['pot']): History {
  const history = begun(targets).finish('run/announce-outage');
  for (const target of targets) did(history, `${target}/stop-services`);
  return history;
}

function goBack(history: History, ...targets: string[]): History {
  history.add({ type: 'turning-back', how: 'rollback', person: 'carol', because: null, targets });
  return history.add(...turnBack(history.run, toys));
}

/** The procedure with a step, or a kind of change, told otherwise. */
function told(id: string, more: Partial<Procedure['steps'][string]>): Procedure {
  return { ...toys, steps: { ...toys.steps, [id]: { ...toys.steps[id]!, ...more } } };
}
function inverted(kind: string, inverse: Procedure['kinds'][string]['inverse']): Procedure {
  return { ...toys, kinds: { ...toys.kinds, [kind]: { ...toys.kinds[kind]!, inverse } } };
}

describe('what is undone', () => {
  it('is undone in reverse, within a step too, and each step after all that came after it', () => {
    const history = did(did(stopped(), 'pot/write-line'), 'pot/move-parts');
    expect(says(history, 'pot/undo-move-parts')).toEqual([
      'put pot.handle from new to old',
      'put pot.lid from new to old',
    ]);
    expect(node(history, 'pot/undo-stop-services')?.after).toEqual(
      expect.arrayContaining(['pot/undo-move-parts', 'pot/undo-write-line']),
    );
    expect(node(history, 'pot/undo-move-parts')?.after).toEqual([]);
    const order = keys(history);
    expect(order.indexOf('pot/undo-move-parts')).toBeLessThan(order.indexOf('pot/undo-stop-services'));
  });

  it('was prepared last of all of its target, though no arrow says so, and waits for no other target', () => {
    const { run } = stopped(['pot', 'pan']);
    const graph = Object.fromEntries(
      Object.entries(run.graph).map(([key, one]) => [
        key,
        { ...one, after: one.after.filter(before => run.graph[before]?.phase === one.phase) },
      ]),
    );
    const { nodes } = wayBack({ ...run, graph }, ['pot', 'pan'], toys);
    const { after } = nodes.find(one => one.key === 'pot/undo-open-door')!;
    expect(after).toContain('pot/undo-stop-services');
    expect(after).not.toContain('pan/undo-stop-services');
  });

  it('is what may have been made: what is unclear, and not what was found, only refused, or never intended', () => {
    expect(keys(stopped())).not.toContain('pot/undo-write-line');
    const unclear = intended(stopped(), 'pot/brew').add({
      ...{ type: 'unknown', change: 'pot/brew/0', code: 'lost', sentence: 'lost' },
    } as NewEntry);
    expect(keys(unclear)).toContain('pot/undo-brew');
    const found = stopped().add({ type: 'begun', step: 'pot/brew' });
    found.add({ type: 'found', change: 'pot/brew/0', output: {}, saw: 'there' });
    expect(keys(found)).not.toContain('pot/undo-brew');
    const line = intended(stopped(), 'pot/write-line').add(refused('pot/write-line/0'));
    expect(back(line)).toMatchObject({ impossible: [] });
    expect(keys(line)).not.toContain('pot/undo-write-line');
    const once = intended(intended(stopped(), 'pot/ring-bell'), 'pot/ring-bell').add(refused('pot/ring-bell/0'));
    expect(back(once).impossible, 'one of two intents is unclear').toEqual(['ring the bell of pot: it was heard']);
  });

  it('is also what converges and was refused, as a part may be done, where an inverse is known without its output', () => {
    const brew = intended(stopped(), 'pot/brew').add(refused('pot/brew/0'));
    expect(keys(brew)).toContain('pot/undo-brew');
    const nobody = inverted('brew', () => ({ impossible: 'it is drunk' }));
    expect(back(brew, ['pot'], nobody).impossible).toEqual([]);
    const bell = intended(stopped(), 'pot/ring-bell').add(refused('pot/ring-bell/0'));
    const silent = inverted('ring', ({ bell: name = '' }) => ({
      change: { kind: 'ring', version: 1, args: { bell: name } },
    }));
    expect(keys(bell, ['pot'], silent), 'it doesn’t converge').not.toContain('pot/undo-ring-bell');
  });

  it('isn’t whole where an inverse lacks something, and never guesses; another version’s kind is left to that', () => {
    const history = did(stopped(), 'pot/write-line', {});
    expect(back(history).impossible).toEqual([
      'write the line "line of pot": what it needs isn\'t known (id is missing)',
    ]);
    expect(keys(history)).not.toContain('pot/undo-write-line');
    const newer = inverted('write', () => {
      throw new Halt('unknown-kind', 'a newer version knows it');
    });
    expect(() => back(history, ['pot'], newer)).toThrow('a newer version knows it');
  });

  it('is what the step says instead of inverses, or after them where there are any', () => {
    const put = { kind: 'put', version: 1, args: { thing: 'x', from: 'a', to: 'b' } };
    const instead = told('write-line', { undo: { rule: 'r', plan: () => [put] } });
    const ends = told('write-line', { undoEnds: { rule: 'r', plan: () => [put] } });
    const history = did(stopped(), 'pot/write-line', { id: '7' });
    expect(says(history, 'pot/undo-write-line', instead)).toEqual(['put x from a to b']);
    expect(says(history, 'pot/undo-write-line', ends)).toEqual([expect.stringContaining('7'), 'put x from a to b']);
    const nothing = did(stopped(), 'pot/write-line', {});
    expect(keys(nothing, ['pot'], ends)).not.toContain('pot/undo-write-line');
  });

  it('needs a second person where an inverse is another than was shown, or where none was', () => {
    const history = stopped();
    expect(back(history).shown).toBe(true);
    const other = inverted('put', ({ thing = '' }) => ({ change: { kind: 'put', version: 1, args: { thing } } }));
    expect(back(history, ['pot'], other).shown).toBe(false);
    const gates = new Set(back(history, ['pot'], other).nodes.map(one => one.gate));
    expect([...gates]).toEqual(['undo']);
    expect(new Set(back(history).nodes.map(one => one.gate))).toEqual(new Set([undefined]));
    const plan = history.step('pot/stop-services').plan!.map(change => ({ ...change, undo: { impossible: 'no' } }));
    history.add({ type: 'planned', step: 'pot/stop-services', changes: plan });
    expect(back(history).shown).toBe(false);
  });

  it('is noted where it can’t be', () => {
    const history = did(stopped(), 'pot/ring-bell');
    expect(turnBack(history.run, toys)).toEqual([]);
    history.add({ type: 'turning-back', how: 'rollback', person: 'carol', because: null, targets: ['pot'] });
    expect(turnBack(history.run, toys)).toMatchObject([
      { type: 'turned-back' },
      { type: 'noted', person: 'carol', text: 'The way back leaves as it is: ring the bell of pot: it was heard' },
    ]);
    const whole = stopped().add({ ...history.entries.findLast(one => one.type === 'turning-back')! } as NewEntry);
    expect(turnBack(whole.run, toys)).toHaveLength(1);
  });
});

describe('what is dropped', () => {
  it('is what has not been done, of the targets alone, and what is over stays', () => {
    const history = stopped(['pot', 'pan']);
    history.add({ type: 'skipped', step: 'pot/brew', person: 'bob', because: 'x', request: null });
    const { dropped } = back(history);
    expect(dropped).toEqual(expect.arrayContaining(['pot/write-line', 'pot/move-parts', 'pot/shut-door']));
    for (const key of ['pot/stop-services', 'pot/brew', 'pan/brew', 'run/announce-over'])
      expect(dropped).not.toContain(key);
  });

  it('is, when all targets turn back, what the run does for all, but users who were told of an outage are told its end', () => {
    const prepared = outageAsked(['pot', 'pan']);
    const ofRun = (history: History, ...targets: string[]) =>
      back(history, targets).dropped.filter(key => key.startsWith('run/'));
    expect(ofRun(prepared, 'pot')).toEqual([]);
    expect(ofRun(prepared, 'pot', 'pan').sort()).toEqual(['run/announce-outage', 'run/announce-over']);
    expect(ofRun(begun(['pot', 'pan']), 'pot', 'pan')).toEqual([]);
    const half = prepared.add(
      { type: 'turning-back', how: 'cancel', person: 'carol', because: null, targets: ['pot'] },
      { type: 'turned-back', targets: ['pot'], dropped: [], nodes: [], plans: {}, shown: true },
    );
    expect(ofRun(half, 'pan').sort()).toEqual(['run/announce-outage', 'run/announce-over']);
    const told = prepared.finish('run/announce-outage');
    expect(ofRun(told, 'pan')).toEqual(['run/announce-over']);
  });

  it('is nothing of a target that has turned back, nor is anything of it undone once more', () => {
    const history = goBack(stopped(), 'pot');
    expect(back(history)).toMatchObject({ nodes: [], dropped: [] });
  });
});

describe('what other targets must have come to first', () => {
  it('is what a step waits for of those that go on, and nothing of those that turn back too', () => {
    const history = stopped(['pot', 'pan']);
    const waits = told('stop-services', { waitsForOutages: true });
    const waitsFor = (targets: readonly string[], procedure: Procedure) =>
      node(history, 'pot/undo-stop-services', targets, procedure)?.after.filter(key => key.startsWith('pan/'));
    expect(waitsFor(['pot'], toys)).toEqual([]);
    expect(waitsFor(['pot'], waits)).toContain('pan/check-service');
    expect(waitsFor(['pot'], waits)).not.toContain('pan/open-door');
    expect(waitsFor(['pot', 'pan'], waits)?.filter(key => !key.startsWith('pan/undo-'))).toEqual([]);
  });

  it('is what the end of what it took from them comes after', () => {
    const until = told('stop-services', { until: 'check-service' });
    const history = stopped(['pot', 'pan']);
    const end = history.run.graph['pot/check-service']!;
    const graph = { ...history.run.graph, [end.key]: { ...end, after: [...end.after, 'pan/brew'] } };
    const nodes = wayBack({ ...history.run, graph }, ['pot'], until).nodes;
    expect(nodes.find(one => one.key === 'pot/undo-stop-services')?.after).toEqual(['pan/brew']);
  });
});

describe('what a way back out of an outage has besides', () => {
  const outage = ['stop-services', 'write-line', 'move-parts', 'brew', 'ring-bell', 'check-service'];

  /** Its outage is over; of the targets named the door is shut, too. */
  function over(...shut: string[]): History {
    const history = begun(['pot', 'pan']).finish('run/announce-outage');
    for (const target of ['pot', 'pan']) for (const step of outage) did(history, `${target}/${step}`);
    history.finish('run/announce-over');
    for (const target of shut) did(history, `${target}/shut-door`);
    return history;
  }

  it('users are told before anything goes away once more; what only came after the outage is undone before that', () => {
    const history = over('pot');
    const begins = node(history, 'run/announce-way-back')!;
    expect(begins.after).toEqual(['pot/undo-shut-door']);
    expect(node(history, 'pot/undo-shut-door')?.after).not.toContain(begins.key);
    for (const step of ['stop-services', 'brew'])
      expect(node(history, `pot/undo-${step}`)?.after).toContain(begins.key);
    expect(node(history, 'pot/undo-open-door')?.after).not.toContain(begins.key);
  });

  it('each target that was down is checked, after those whose check came before its own on the way forward', () => {
    const history = over();
    const forward = history.run.graph['pot/check-service']!;
    const graph = {
      ...history.run.graph,
      [forward.key]: { ...forward, after: [...forward.after, 'pan/check-service'] },
    };
    const check = (...targets: string[]) =>
      wayBack({ ...history.run, graph }, targets, toys).nodes.find(one => one.key === 'pot/check-old')?.after;
    expect(check('pot', 'pan')).toContain('pan/check-old');
    expect(check('pot')).not.toContain('pan/check-old');
    const half = did(begun(['pot', 'pan']).finish('run/announce-outage'), 'pot/stop-services');
    expect(keys(half, ['pot', 'pan'])).toContain('pot/check-old');
    expect(keys(half, ['pot', 'pan']), 'nothing of it was down').not.toContain('pan/check-old');
  });

  it('what was prepared is undone after its target’s check, or after all where it waits for the others', () => {
    const history = over();
    const checks = (procedure: Procedure) =>
      node(history, 'pot/undo-open-door', ['pot', 'pan'], procedure)?.after.filter(key => key.endsWith('/check-old'));
    expect(checks(toys)).toEqual(['pot/check-old']);
    expect(checks(told('open-door', { waitsForOutages: true }))?.toSorted()).toEqual([
      'pan/check-old',
      'pot/check-old',
    ]);
  });

  it('a second way back has steps of its own, and drops nothing of the one that is over', () => {
    const history = goBack(over(), 'pot');
    for (const { node: one } of Object.values(history.run.steps)) {
      if (one.phase === 'undo') history.finish(one.key);
    }
    const second = back(history, ['pan']);
    expect(second.nodes.map(one => one.key)).toEqual(
      expect.arrayContaining(['run/announce-way-back-2', 'run/announce-back-2']),
    );
    expect(second.dropped).not.toContain('run/announce-back');
  });
});
