import { describe, expect, test } from 'vitest';
import type { PlannedChange } from '#core/change.ts';
import type { NewEntry } from '#core/entries.ts';
import { gateHash, stepsBehind } from '#core/gates.ts';
import { gates } from '#core/graph.ts';
import { History } from '../builders/history.ts';
import { ask, begun, liveAsked, outageAsked, proposed } from '../builders/toy-history.ts';

const change: PlannedChange = {
  id: 'pot/brew/0',
  kind: 'brew',
  version: 1,
  args: { pot: 'pot' },
  undo: { rule: 'pour it away' },
  says: 'brew in pot',
};

function hashWith(altered: Partial<PlannedChange>, uid = 'toyuid'): string | undefined {
  return hashOf({ 'pot/brew': [{ ...change, ...altered }] }, uid);
}

/** Hash of ADDRESS when just these steps of pot and pan change something. */
function hashOf(plans: Readonly<Record<string, readonly PlannedChange[]>>, uid = 'toyuid'): string | undefined {
  const history = proposed(['pot', 'pan']);
  const planned = Object.keys(history.run.steps).map(
    (key): NewEntry => ({ type: 'planned', step: key, changes: plans[key] ?? [] }),
  );
  return gateHash(new History({ ...history.entries[0], uid } as NewEntry, ...planned).run, 'address');
}

test('an approval binds the run and each change’s place, kind, version, arguments and undo', () => {
  const hash = hashWith({});
  expect(hash).toMatch(/^[0-9a-f]{64}$/);
  expect(hashWith({})).toBe(hash);
  const altered: Partial<PlannedChange>[] = [
    { kind: 'boil' },
    { version: 2 },
    { args: { pot: 'pan' } },
    { args: { pot: 'pot', more: 1 } },
    { undo: { rule: 'drink it' } },
    { undo: { impossible: 'pour it away' } },
  ];
  const others = altered.map(one => hashWith(one));
  expect(new Set([hash, ...others, hashWith({}, 'other')]).size).toBe(altered.length + 2);
});

test('the same change of another step, or for another target, is another plan', () => {
  const places = ['pot/brew', 'pot/shut-door', 'pan/brew', 'pan/shut-door'];
  const same = [change];
  expect(new Set(places.map(key => hashOf({ [key]: same }))).size).toBe(places.length);
});

describe('what an approval of the outage covers besides', () => {
  const cover = (...entries: NewEntry[]) => {
    const { run } = outageAsked().add(...entries);
    return [gateHash(run, 'storage'), gateHash(run, 'database')];
  };
  const skipped = (step: string, person = 'bob', because = 'no time'): NewEntry => {
    return { type: 'skipped', step, person, because, request: null };
  };

  test.each<readonly [string, NewEntry[]]>([
    ['a change behind no gate', [{ type: 'planned', step: 'pot/write-line', changes: [{ ...change, id: 'x' }] }]],
    ['a change behind another gate', [{ type: 'planned', step: 'pot/stop-services', changes: [] }]],
    ['that a check is left out', [skipped('pot/check-service')]],
    ['who left it out', [skipped('pot/check-service', 'carol')]],
    ['why it is left out', [skipped('pot/check-service', 'bob', 'it hangs')]],
  ])('%s', (_what, entries) => {
    const plain = cover();
    const altered = cover(...entries);
    expect(altered[0]).not.toBe(plain[0]);
    expect(altered[1]).not.toBe(plain[1]);
  });

  test('how, by whom and why one step is altered, each by itself', () => {
    const byHand: NewEntry = { type: 'done-by-hand', step: 'pot/check-service', person: 'bob', because: 'no time' };
    const alterations = [
      skipped('pot/check-service'),
      skipped('pot/check-service', 'carol'),
      skipped('pot/check-service', 'bob', 'it hangs'),
      byHand,
    ];
    expect(new Set(alterations.map(entry => cover(entry)[0])).size).toBe(alterations.length);
  });

  test('which step of the preparation was left out, but not how the others were planned', () => {
    const ones = ['pot/check-readiness', 'pot/make-new'].map(step => cover(skipped(step))[0]);
    expect(new Set([...ones, cover()[0]]).size).toBe(3);
    expect(cover({ type: 'planned', step: 'pot/make-new', changes: [change] })).toEqual(cover());
  });

  test('so it can’t be bound while a step of the outage behind another gate, or behind none, isn’t planned', () => {
    for (const step of ['pot/write-line', 'pot/stop-services']) {
      const planned = outageAsked().entries.filter(entry => !(entry.type === 'planned' && entry.step === step));
      const { run } = new History(...(planned as readonly NewEntry[]));
      expect(gateHash(run, 'storage')).toBeUndefined();
    }
  });

  test('the settings that the run froze', () => {
    const { entries } = outageAsked();
    const [first, ...rest] = entries as readonly NewEntry[];
    const other = new History({ ...first, settings: { order: 'classic' } } as NewEntry, ...rest);
    expect(gateHash(other.run, 'storage')).not.toBe(cover()[0]);
  });

  test('and nothing that is left out when the outage is under way: the other targets go on', () => {
    const history = begun(['pot', 'pan']);
    history.add(skipped('pan/check-service'));
    expect(history.gate('storage')).toMatchObject({ open: true });
    expect(history.gate('database')).toMatchObject({ open: true });
  });

  test.each(['write-line', 'check-service', 'brew'])(
    'so %s left out before the outage voids what was approved, says who did it, and is asked anew without them',
    step => {
      const history = outageAsked()
        .approve('r2', 'carol')
        .approve('r3', 'carol')
        .add(skipped(`pot/${step}`));
      expect(history.run.requests.slice(1).map(one => one.status)).toEqual(['void', 'void']);
      ask(history);
      const because = [`pot/${step} was left out by bob (no time)`];
      expect(history.run.requests.slice(3)).toMatchObject([
        { gates: [{ gate: 'outage' }, { gate: 'storage' }, { gate: 'address' }], because, askers: ['alice', 'bob'] },
        { gates: [{ gate: 'database' }], because, askers: ['alice', 'bob'] },
      ]);
      history.approve('r4', 'bob');
      expect(history.gate('storage').open).toBe(false);
    },
  );
});

test('the words of a line may be bettered without a new approval', () => {
  expect(hashWith({ says: 'brew some tea in pot' })).toBe(hashWith({}));
});

test('a gate has no hash while a step behind it is not planned', () => {
  const history = liveAsked();
  expect(gateHash(history.run, 'live')).toBeDefined();
  expect(gateHash(history.run, 'storage')).toBeUndefined();
  expect(history.gate('storage')).toEqual({ open: false, why: 'not-planned' });
});

test('a gate of the preparation has no hash either while a step of one target behind it is not planned', () => {
  const history = proposed(['pot', 'pan']).add({ type: 'planned', step: 'pot/open-door', changes: [change] });
  expect(gateHash(history.run, 'live')).toBeUndefined();
  history.add({ type: 'planned', step: 'pan/open-door', changes: [] });
  expect(gateHash(history.run, 'live')).toBeDefined();
});

test('of a gate of the preparation an approval binds what is altered before its steps, and nothing elsewhere', () => {
  const live = (step?: string) => {
    const history = liveAsked();
    if (step !== undefined) history.add({ type: 'skipped', step, person: 'bob', because: 'x', request: null });
    return gateHash(history.run, 'live');
  };
  expect(live('pot/make-new')).not.toBe(live());
  expect(live('pot/check-service')).toBe(live());
});

test('a step that halted before it could be planned, and was done by hand, keeps no gate without a hash', () => {
  const history = proposed(['pot', 'pan']).add(
    { type: 'planned', step: 'pot/open-door', changes: [change] },
    { type: 'halted', step: 'pan/open-door', code: 'c', sentence: 's', evidence: [] },
    { type: 'done-by-hand', step: 'pan/open-door', person: 'bob', because: 'x' },
  );
  expect(gateHash(history.run, 'live')).toBeUndefined();
  history.add({ type: 'finished', step: 'pan/open-door', outputs: {}, note: null });
  expect(gateHash(history.run, 'live')).toBeDefined();
});

test('each gate has another hash for the same changes', () => {
  const history = begun();
  expect(new Set(gates.map(gate => gateHash(history.run, gate))).size).toBe(gates.length);
});

test('an unplanned step that is skipped does not keep its gate without a hash', () => {
  const history = proposed(['pot', 'pan']);
  history.add({ type: 'skipped', step: 'pan/open-door', person: 'bob', because: 'x', request: null });
  history.add({ type: 'planned', step: 'pot/open-door', changes: [change] });
  expect(gateHash(history.run, 'live')).toBeDefined();
  expect(stepsBehind(history.run, 'live').map(step => step.node.key)).toEqual(['pot/open-door']);
});
