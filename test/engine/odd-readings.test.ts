import { describe, expect, test } from 'vitest';
import { Halt } from '#core/errors.ts';
import type { ChangeDefinition, Look } from '#engine/define-change.ts';
import type { StepDefinition, Verdict } from '#engine/define-step.ts';
import { OddReadings } from '#engine/odd-readings.ts';
import type { Procedure } from '#engine/plan-step.ts';
import type { ToyBench } from '../builders/toy-bench.ts';
import { toyTest, useToys } from '../builders/use-toys.ts';
import { effectsPerTarget } from '../toy-procedure.ts';

const toys = useToys();
const change = 'pot/stop-services/0';
const step = 'pot/stop-services';

describe('an odd reading', () => {
  const world = { poll: 5_000 };
  test('counts when it was seen three times, and for half a minute', () => {
    const odd = new OddReadings(world, 30_000);
    expect(odd.pause).toBe(5_000);
    expect([0, 5, 10, 15, 20, 25, 30].map(second => odd.counts(second * 1_000))).toEqual([
      ...Array.from({ length: 6 }, () => false),
      true,
    ]);
  });
  test('that was seen twice only doesn’t count, however long ago', () => {
    const odd = new OddReadings(world, 30_000);
    expect([0, 60_000, 61_000].map(now => odd.counts(now))).toEqual([false, false, true]);
  });
  test('counts from anew where another one was seen between', () => {
    const odd = new OddReadings({ poll: 60_000 }, 30_000);
    expect(odd.pause).toBe(15_000);
    odd.counts(0);
    odd.counts(15_000);
    odd.forget();
    expect(odd.counts(30_000)).toBe(false);
    expect(odd.counts(45_000)).toBe(false);
    expect(odd.counts(60_000)).toBe(true);
  });
  test('counts from anew where it is another oddity, but not for ever', () => {
    const odd = new OddReadings({ poll: 60_000 }, 30_000);
    const at = (second: number, what: string) => odd.counts(second * 1_000, what);
    expect([at(0, 'a'), at(15, 'a'), at(30, 'b'), at(45, 'b'), at(60, 'b')]).toEqual([
      false,
      false,
      false,
      false,
      true,
    ]);
    const flux = new OddReadings({ poll: 60_000 }, 30_000);
    const seconds = Array.from({ length: 12 }, (_, nth) => 15 * nth);
    expect(seconds.map(second => flux.counts(second * 1_000, `${second}`)).indexOf(true)).toBe(11);
  });
});

/** The toys' procedure with a look of `put` at the service that answers otherwise, as often as told. */
function withLook(bench: ToyBench, times: number, odd: Look, more: Partial<ChangeDefinition> = {}) {
  const put = bench.procedure.kinds.put as ChangeDefinition;
  const looks: string[] = [];
  let left = times;
  const meddled: ChangeDefinition = {
    ...put,
    ...more,
    async look(ports, args, about) {
      const look = await put.look(ports, args, about);
      if (args.thing !== 'service.pot') return look;
      const answer = left > 0 ? odd : look;
      left -= 1;
      looks.push(answer.is);
      return answer;
    },
  };
  const procedure: Procedure = { ...bench.procedure, kinds: { ...bench.procedure.kinds, put: meddled } };
  return { procedure, looks };
}

const nowhere: Look = { is: 'other', code: 'not-described', sentence: 'AWS describes no vol-1', evidence: [] };
const broken: Look = { is: 'failed', code: 'volume-error', sentence: 'AWS could not make it', evidence: [] };

async function halts(bench: ToyBench): Promise<string[]> {
  return (await bench.entries()).flatMap(entry => (entry.type === 'halted' ? [entry.code] : []));
}

toyTest('a thing that isn’t described once or twice halts nothing', async () => {
  for (const times of [1, 2]) {
    const bench = await toys.propose();
    const { procedure } = withLook(bench, times, nowhere, { mayBeBehind: true });
    const run = await bench.play(await bench.process({ procedure }));
    expect(run.ended?.outcome).toBe('done');
    expect(await halts(bench)).toEqual([]);
    expect(bench.world.effects).toHaveLength(effectsPerTarget);
  }
});

toyTest('a thing that isn’t described for as long as there may be doubt halts, and that long only', async () => {
  const bench = await toys.propose();
  const { procedure, looks } = withLook(bench, 1_000, nowhere, { mayBeBehind: true });
  const process = await bench.process({ procedure, timing: { doubt: 60 } });
  const halted = await bench.play(process);
  expect(halted.steps[step]).toMatchObject({ status: 'halted', halt: { code: 'not-described' } });
  const [begun, at] = (await bench.entries()).flatMap(entry =>
    'step' in entry && entry.step === step && (entry.type === 'begun' || entry.type === 'halted') ? [entry.at] : [],
  );
  expect((at ?? 0) - (begun ?? 0)).toBeGreaterThanOrEqual(60);
  expect(looks.length).toBeGreaterThanOrEqual(3);
});

toyTest('an error that AWS shows once is looked at again; an exit status of a host is a fact at once', async () => {
  const bench = await toys.propose();
  const { procedure } = withLook(bench, 1, broken, { mayBeBehind: true });
  expect((await bench.play(await bench.process({ procedure }))).ended?.outcome).toBe('done');
  expect(await halts(bench)).toEqual([]);

  const host = await toys.propose();
  const once = withLook(host, 1, broken);
  const halted = await host.play(await host.process({ procedure: once.procedure }));
  expect(halted.steps[step]).toMatchObject({ status: 'halted', halt: { code: 'volume-error' } });
  expect(once.looks).toEqual(['failed']);
});

toyTest('a host that is in the middle of something is looked at again before a person is called', async () => {
  const bench = await toys.propose();
  const { procedure } = withLook(bench, 2, nowhere);
  expect((await bench.play(await bench.process({ procedure }))).ended?.outcome).toBe('done');
  expect(await halts(bench)).toEqual([]);
});

toyTest('what nobody asked for isn’t settled by an answer that was behind', async () => {
  const bench = await toys.propose();
  const { procedure } = withLook(bench, 1, { is: 'after', output: {} }, { mayBeBehind: true });
  const run = await bench.play(await bench.process({ procedure }));
  expect(run.changes[change]).toMatchObject({ outcome: 'made', found: false });
  expect(bench.world.state.things['service.pot']).toBe('down');
});

toyTest('a reading that is behind after the request was sent is waited for', async () => {
  const bench = await toys.propose();
  const put = bench.procedure.kinds.put as ChangeDefinition;
  let behind = 0;
  const late: ChangeDefinition = {
    ...put,
    mayBeBehind: true,
    async look(ports, args, about) {
      const look = await put.look(ports, args, about);
      if (args.thing !== 'service.pot' || look.is !== 'after' || behind >= 3) return look;
      behind += 1;
      return behind % 2 === 1 ? { is: 'before' } : nowhere;
    },
  };
  const procedure = { ...bench.procedure, kinds: { ...bench.procedure.kinds, put: late } };
  const run = await bench.play(await bench.process({ procedure }));
  expect(run.ended?.outcome).toBe('done');
  expect(behind).toBe(3);
  expect(await halts(bench)).toEqual([]);
  expect(bench.world.effects).toHaveLength(effectsPerTarget);
});

/** The toys' procedure with a check of the service that answers otherwise, as often as told. */
function withVerdict(bench: ToyBench, times: number, odd: () => Verdict) {
  const check = bench.procedure.steps['check-service'] as StepDefinition;
  let asked = 0;
  const verify: StepDefinition['verify'] = async (...args) => {
    asked += 1;
    return asked <= times ? odd() : ((await check.verify?.(...args)) ?? { ok: true });
  };
  const steps = { ...bench.procedure.steps, 'check-service': { ...check, verify } };
  return { procedure: { ...bench.procedure, steps }, asked: () => asked };
}

const no: Verdict = { ok: false, why: 'the certificate is another one' };

toyTest('a check that says no once or twice is asked again, and halts nothing', async () => {
  const odd: (() => Verdict)[] = [
    () => no,
    () => {
      throw new Halt('can-not-read', 'findmnt: exit 1');
    },
  ];
  for (const answer of odd) {
    const bench = await toys.propose();
    const { procedure } = withVerdict(bench, 2, answer);
    expect((await bench.play(await bench.process({ procedure }))).ended?.outcome).toBe('done');
    expect(await halts(bench)).toEqual([]);
  }
});

toyTest('a check that goes on saying no halts, and what is sure at once', async () => {
  const bench = await toys.propose();
  const often = withVerdict(bench, 1_000, () => no);
  const halted = await bench.play(await bench.process({ procedure: often.procedure }));
  expect(halted.steps['pot/check-service']).toMatchObject({
    status: 'halted',
    halt: { code: 'not-verified', sentence: 'the certificate is another one' },
  });
  expect(often.asked()).toBeGreaterThanOrEqual(3);

  const sure = await toys.propose();
  const once = withVerdict(sure, 1_000, () => ({ ...no, sure: true }));
  const known = await sure.play(await sure.process({ procedure: once.procedure }));
  expect(known.steps['pot/check-service']).toMatchObject({ status: 'halted', halt: { code: 'not-verified' } });
  expect(once.asked()).toBe(1);
});

toyTest('what was read half is read again for a while, and then taken', async () => {
  const bench = await toys.propose();
  const half = { ok: true, outputs: { keys: 'one of two' }, again: 'the other is cut in half' } as const;
  const { procedure } = withVerdict(bench, 2, () => half);
  const run = await bench.play(await bench.process({ procedure }));
  expect(run.steps['pot/check-service']?.outputs).not.toHaveProperty('keys');

  const always = await toys.propose();
  const halves = withVerdict(always, 1_000, () => half);
  const taken = await always.play(await always.process({ procedure: halves.procedure }));
  expect(taken.steps['pot/check-service']?.outputs).toMatchObject({ keys: 'one of two' });
  expect(halves.asked()).toBeGreaterThanOrEqual(3);
});

/** Facts of the toys that are otherwise as often as told, once everything was approved. */
async function withFacts(bench: ToyBench, times: number, odd: () => never | { things: Record<string, string> }) {
  const reading = bench.procedure.steps['check-readiness'] as StepDefinition;
  let asked = 0;
  let read = 0;
  const meddled: StepDefinition = {
    ...reading,
    read: async (...args) => {
      read += 1;
      if (read > 1 && asked < times) {
        asked += 1;
        return { facts: odd(), remarks: [] };
      }
      return (await reading.read?.(...args)) ?? { facts: {}, remarks: [] };
    },
  };
  const steps = { ...bench.procedure.steps, 'check-readiness': meddled };
  const process = await bench.process({ procedure: { ...bench.procedure, steps } });
  await bench.playUntilStart(process);
  await bench.redis.advance(60 * 60_000);
  return bench.play(process);
}

toyTest('facts that are odd once void no approval and halt nothing', async () => {
  const odd: (() => { things: Record<string, string> })[] = [
    () => ({ things: {} }),
    () => {
      throw new Halt('not-as-in-estate', 'vol-1 is not attached to i-1');
    },
  ];
  for (const answer of odd) {
    const bench = await toys.propose();
    const run = await withFacts(bench, 1, answer);
    expect(run.ended?.outcome).toBe('done');
    expect(run.requests.filter(request => request.status === 'void')).toEqual([]);
    expect(await halts(bench)).toEqual([]);
  }
});

toyTest('what somebody did by hand and shows late is believed to be done', async () => {
  const bench = await toys.propose();
  bench.world.fault('forbid', { action: 'write' });
  const process = await bench.process();
  const halted = await bench.play(process);
  expect(halted.steps['pot/write-line']?.status).toBe('halted');
  const key = halted.changes['pot/write-line/0']?.key ?? '';
  bench.world.state.lines.push({ id: 'line-by-hand', text: 'line of pot', key });
  const write = bench.procedure.kinds.write as ChangeDefinition;
  let behind = 2;
  const late: ChangeDefinition = {
    ...write,
    async look(...args) {
      behind -= 1;
      return behind >= 0 ? { is: 'before' } : write.look(...args);
    },
  };
  const kinds = { ...bench.procedure.kinds, write: late };
  const other = await bench.process({ procedure: { ...bench.procedure, kinds } });
  await bench.says(() => [{ type: 'done-by-hand', step: 'pot/write-line', person: 'alice', because: 'I wrote it' }]);
  expect((await bench.play(other)).ended?.outcome).toBe('done');
});
