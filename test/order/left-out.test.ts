import { describe, expect, it } from 'vitest';
import type { OrderSketch } from './order-procedure.ts';
import { OrderRun } from './order-run.ts';

/** A run of some roles, gone on until a condition holds; each effect is judged by the oracle on the way. */
function run(roles: OrderSketch['roles']): OrderRun {
  return new OrderRun({ what: 'upgrade', roles, powerOffOld: false, rebootTest: false, changes: [1] });
}

function goesOn(order: OrderRun, until: () => boolean): void {
  for (let turn = 0; turn < 2_000 && !until(); turn += 1) {
    order.turn(turn, false);
    order.answers();
  }
  expect(until()).toBe(true);
}

const made = (order: OrderRun) => order.history.entries.flatMap(entry => (entry.type === 'made' ? [entry.change] : []));
const begins = (order: OrderRun) => order.run.outageBegun !== undefined;
const prepared = (order: OrderRun) =>
  order.steps().every(({ node, status }) => node.phase !== 'prepare' || status === 'done' || status === 'skipped');

describe('a step that is left out', () => {
  it('before the outage lets nothing overtake what stands before it: no volume is detached before it is unmounted', async () => {
    const order = run(['backend']);
    goesOn(order, () => prepared(order));
    expect(await order.says('carol', 'skip', { targets: ['be'], step: 'snapshot-data' })).toBe(true);
    order.agree();
    goesOn(order, () => made(order).includes('be/detach-data/0'));
    const effects = made(order);
    for (const before of ['drain-builders', 'stop-services', 'finish-work', 'unmount-data']) {
      expect(effects.indexOf(`be/${before}/0`), before).toBeGreaterThan(-1);
      expect(effects.indexOf(`be/${before}/0`), before).toBeLessThan(effects.indexOf('be/detach-data/0'));
    }
    expect(effects).not.toContain('be/snapshot-data/0');
  });

  it('in the outage ends nothing for users while what stands before it has halted', async () => {
    const order = run(['distgit', 'keygen']);
    goesOn(order, () => order.run.steps['dg/provision']?.status === 'running');
    order.add({ type: 'halted', step: 'dg/provision', code: 'c', sentence: 's', evidence: [] });
    expect(await order.says('carol', 'skip', { targets: ['dg'], step: 'check-service' })).toBe(true);
    order.agree();
    for (let turn = 0; turn < 500; turn += 1) {
      order.turn(turn, false);
      order.answers();
    }
    expect(order.run.steps['dg/check-service']?.status).toBe('skipped');
    expect(order.run.steps['kg/check-service']?.status).toBe('done');
    expect(made(order).filter(change => change.includes('release-builds'))).toEqual([]);
    expect(order.run.steps['run/announce-over']?.status).toBe('waiting');
  });
});

describe('a safeguard', () => {
  const safeguards = [
    ['backend', 'snapshot-ahead'],
    ['frontend', 'try-database'],
    ['frontend', 'back-up-database'],
    ['backend', 'snapshot-data'],
    ['backend', 'check-service'],
    ['keygen', 'check-service'],
  ] as const;
  const names = { frontend: 'fe', backend: 'be', keygen: 'kg' } as const;

  it.each(safeguards)(
    'of a %s, %s, is left out before the outage only when a second person agrees',
    async (role, step) => {
      const order = run([role]);
      const key = `${names[role]}/${step}`;
      expect(await order.says('carol', 'skip', { targets: [names[role]], step })).toBe(true);
      expect(order.run.steps[key]?.status).toBe('waiting');
      expect(order.run.requests.at(-1)).toMatchObject({ skip: { step: key, person: 'carol' }, status: 'open' });
      order.agree();
      order.turn(0, false);
      expect(order.run.steps[key]?.status).toBe('skipped');
    },
  );

  it('is asked about in one breath with the plan: whoever wanted it left out approves nothing afterwards', async () => {
    const order = run(['backend']);
    goesOn(order, () => order.run.requests.some(one => one.gates.some(({ gate }) => gate === 'storage')));
    await order.says('carol', 'skip', { targets: ['be'], step: 'snapshot-data' });
    order.agree();
    goesOn(order, () => order.run.requests.some(one => one.because.some(why => why.includes('snapshot-data'))));
    const asked = order.run.requests.at(-1);
    expect(asked?.askers).toEqual(['alice', 'carol']);
    expect(asked?.accounts).toContain('@carol:sim');
  });

  it('that is the last way back from a database stays: DATABASE is never asked for without one', async () => {
    const order = run(['frontend']);
    await order.says('carol', 'skip', { targets: ['fe'], step: 'snapshot-data' });
    order.agree();
    order.turn(0, false);
    expect(order.run.steps['fe/snapshot-data']?.status).toBe('skipped');
    expect(await order.says('dan', 'skip', { targets: ['fe'], step: 'back-up-database' })).toBe(false);
    // Even where the journal says so.
    const entry = { type: 'skipped', step: 'fe/back-up-database', person: 'dan', because: 'x', request: null } as const;
    order.add(entry);
    for (let turn = 0; turn < 500; turn += 1) {
      order.turn(turn, false);
      order.answers();
    }
    expect(order.run.requests.flatMap(one => one.gates.map(({ gate }) => gate))).not.toContain('database');
    expect(order.history.decide().waiting).toContainEqual({ for: 'safeguard', gate: 'database', targets: ['fe'] });
    expect(order.run.outageBegun).toBeUndefined();
  });
});

describe('!done', () => {
  it.each([
    ['the end of the outage, before it', 'announce-over', undefined],
    ['the pinning of keys that nobody read yet', 'pin-host-keys', 'be'],
    ['what halted before the run came to it', 'attach-data', 'be'],
  ])('is refused of %s', async (_what, step, target) => {
    const order = run(['backend']);
    const key = `${target ?? 'run'}/${step}`;
    if (step === 'attach-data') order.add({ type: 'halted', step: key, code: 'c', sentence: 's', evidence: [] });
    expect(await order.says('bob', 'done', { targets: target === undefined ? [] : [target], step })).toBe(false);
    expect(order.run.steps[key]?.status).not.toBe('by-hand');
  });

  it('is taken of what people do, once the run has come to it', async () => {
    const order = run(['backend']);
    const hotFixes = { targets: ['be'], step: 'apply-hot-fixes' };
    expect(await order.says('bob', 'done', hotFixes)).toBe(false);
    goesOn(order, () => order.run.steps['be/check-readiness']?.status === 'done');
    expect(order.run.steps['be/apply-hot-fixes']?.status).toBe('waiting');
    expect(await order.says('bob', 'done', hotFixes)).toBe(true);
  });

  it('in the outage is taken of what halted in its turn, and what follows goes on', async () => {
    const order = run(['keygen']);
    goesOn(order, () => begins(order) && order.run.steps['kg/mount-data']?.status === 'running');
    order.add({ type: 'halted', step: 'kg/mount-data', code: 'c', sentence: 's', evidence: [] });
    expect(await order.says('bob', 'done', { targets: ['kg'], step: 'mount-data' })).toBe(true);
    goesOn(order, () => order.run.steps['kg/check-service']?.status === 'done');
  });
});
