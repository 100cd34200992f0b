import { expect, vi } from 'vitest';
import type { Draft, Redraw } from '#core/altered-estate.ts';
import type { DecidePolicy } from '#core/decide.ts';
import type { Run } from '#core/run.ts';
import { makeSkipRequest } from '#core/skips.ts';
import type { EstateFile } from '#engine/engine.ts';
import { people } from '../builders/history.ts';
import { approval, type Sabotage, type ToyBench } from '../builders/toy-bench.ts';
import { toyTest, useToys } from '../builders/use-toys.ts';

const toys = useToys();
const eventually = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 20_000, interval: 5 });

/** The estate's file, as processes of a bench read it. `to`: where the parts are put. */
class ToyEstate {
  to = 'new';
  impossible: string | undefined;
  readonly policy: DecidePolicy = { ...people, redraw: run => this.#redraw(run) };

  #redraw(run: Run): ReturnType<Redraw> {
    const { to = 'new' } = run.settings;
    if (this.impossible !== undefined)
      return { altered: ['pot: there → nothing'], draft: { impossible: this.impossible } };
    if (to === this.to) return undefined;
    const draft: Draft = { settings: { to: this.to }, nodes: [], gone: [] };
    return { altered: [`to: ${to} → ${this.to}`], draft };
  }
}

/** A process whose parts go where its estate says. */
async function processOf(bench: ToyBench, estate: ToyEstate, sabotage: Sabotage = {}) {
  const { steps } = bench.procedure;
  const move = steps['move-parts']!;
  const plan: typeof move.plan = context => {
    const { to = 'new' } = context.settings;
    return move.plan!(context).map(change => ({ ...change, args: { ...change.args, to } }));
  };
  const procedure = { ...bench.procedure, steps: { ...steps, 'move-parts': { ...move, plan } } };
  return bench.process({ procedure, policy: () => estate.policy, ...sabotage });
}

/** The file of an estate that tells whoever follows it. */
function watched(): EstateFile & { taken(): void } {
  const listeners = new Set<() => void>();
  return {
    look: async () => undefined,
    onTaken(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    taken() {
      for (const listener of listeners) listener();
    },
  };
}

const entries = async (bench: ToyBench, type: string) => (await bench.entries()).filter(one => one.type === type);

const standing = (run: Run) => run.requests.map(one => `${one.request} ${one.status} ${one.why ?? ''}`.trim());

async function approvedAll(bench: ToyBench, estate: ToyEstate, sabotage: Sabotage = {}) {
  const process = await processOf(bench, estate, sabotage);
  await bench.playUntilStart(process);
  return process;
}

toyTest('an estate that was altered voids what was approved, plans anew and asks anew', async () => {
  const bench = await toys.propose();
  const estate = new ToyEstate();
  const process = await approvedAll(bench, estate);
  estate.to = 'newer';
  await process.move(bench.run);
  const run = await bench.now();
  expect(standing(run)).toEqual(['r1 approved', 'r2 void estate', 'r3 void estate', 'r4 open', 'r5 open']);
  expect(run.requests[3]?.because).toEqual(["the estate's file was altered"]);
  expect(run.requests[1]?.difference).toEqual(['to: new → newer']);
  expect(await entries(bench, 'estate-altered')).toMatchObject([{ altered: ['to: new → newer'], made: [] }]);
  const begun = await bench.play(process);
  expect(begun.outageBegun).toBeDefined();
  expect(bench.world.state.things['pot.lid']).toBe('newer');
});

toyTest('what was read by what the estate said before is read anew before anything is planned', async () => {
  const bench = await toys.propose(['pot', 'pan']);
  const estate = new ToyEstate();
  const process = await approvedAll(bench, estate);
  bench.world.state.things['pot.lid'] = 'elsewhere';
  estate.to = 'newer';
  await process.move(bench.run);
  const story = await bench.story();
  const altered = story.indexOf('estate-altered');
  const planned = story.indexOf('planned pot/move-parts', altered);
  expect(story.slice(altered, planned)).toEqual(expect.arrayContaining(['facts', 'facts-checked']));
  expect((await bench.now()).steps['pot/move-parts']?.plan?.[0]?.args).toMatchObject({
    from: 'elsewhere',
    to: 'newer',
  });
});

toyTest(
  'an approval of what was asked before the estate was altered opens nothing, however late it comes',
  async () => {
    const bench = await toys.propose();
    const estate = new ToyEstate();
    const process = await processOf(bench, estate);
    const asked = await bench.play(process, { until: run => run.requests.length === 3 });
    estate.to = 'newer';
    // Journaled before the run was moved: by another process, which doesn't know the new file yet.
    await bench.says(run => [
      ...approval(run, 'r2', 'bob'),
      ...approval(run, 'r3', 'carol'),
      { type: 'started', person: 'alice' },
    ]);
    await process.move(bench.run);
    const run = await bench.now();
    expect(asked.requests.map(one => one.status)).toEqual(['approved', 'open', 'open']);
    expect(run.outageBegun).toBeUndefined();
    expect(run.started).toBeUndefined();
    expect(standing(run).slice(1)).toEqual(['r2 void estate', 'r3 void estate', 'r4 open', 'r5 open']);
  },
);

toyTest('what the file says when an outage begins counts, although nobody has read it since', async () => {
  const bench = await toys.propose();
  const estate = new ToyEstate();
  let file = 'new';
  const look = async () => {
    estate.to = file;
  };
  const process = await approvedAll(bench, estate, { estate: { look, onTaken: () => () => undefined } });
  file = 'newer';
  await bench.people(false);
  await process.move(bench.run);
  const run = await bench.now();
  expect(run.outageBegun).toBeUndefined();
  expect(standing(run).slice(1)).toEqual(['r2 void estate', 'r3 void estate', 'r4 open', 'r5 open']);
});

toyTest('in its outage a run keeps what it was approved with, and says so once', async () => {
  const bench = await toys.propose();
  const estate = new ToyEstate();
  const process = await approvedAll(bench, estate, {
    async make(_process, kind, send) {
      if (kind === 'write') estate.to = 'newer';
      await send();
    },
  });
  const run = await bench.play(process);
  expect(run.ended?.outcome).toBe('done');
  expect(standing(run)).toEqual(['r1 approved', 'r2 approved', 'r3 approved']);
  expect(bench.world.state.things['pot.lid']).toBe('new');
  expect(await entries(bench, 'estate-kept')).toMatchObject([{ altered: ['to: new → newer'], stands: null }]);
  expect(await entries(bench, 'estate-altered')).toEqual([]);
});

toyTest('a file that says the same, or other things, voids nothing', async () => {
  const bench = await toys.propose();
  const estate = new ToyEstate();
  const process = await approvedAll(bench, estate, { policy: () => ({ ...estate.policy, settleFor: 5 }) });
  await process.move(bench.run);
  const run = await bench.now();
  expect(standing(run)).toEqual(['r1 approved', 'r2 approved', 'r3 approved']);
  expect(await entries(bench, 'estate-altered')).toEqual([]);
});

toyTest('the estate is taken while a step runs, which ends with what it began with', async () => {
  const bench = await toys.propose(['pot', 'pan']);
  const estate = new ToyEstate();
  const seen: unknown[] = [];
  const { steps } = bench.procedure;
  const makeNew = steps['make-new']!;
  let held = true;
  const verify: typeof makeNew.verify = async (_ports, { target, settings }) => {
    if (target === 'pan' && held) return { ok: false, wait: true, why: 'not yet' };
    seen.push(settings);
    return { ok: true };
  };
  const procedure = { ...bench.procedure, steps: { ...steps, 'make-new': { ...makeNew, verify } } };
  const file = watched();
  const process = await processOf(bench, estate, { procedure, estate: file });
  const moved = process.move(bench.run);
  await eventually(async () => expect((await bench.now()).changes['pan/make-new/0']?.outcome).toBe('made'));
  await eventually(async () => expect((await bench.now()).steps['pot/make-new']?.status).toBe('done'));
  estate.to = 'newer';
  file.taken();
  await eventually(async () => expect((await bench.now()).settings).toEqual({ to: 'newer' }));
  expect((await bench.now()).steps['pan/make-new']?.status).toBe('running');
  expect((await bench.now()).steps['pan/make-new']?.settings).toEqual({});
  held = false;
  await moved;
  expect(seen).toEqual([{}, {}]);
  expect((await bench.now()).settings).toEqual({ to: 'newer' });
});

toyTest('facts that were being read while the estate was altered don’t count', async () => {
  const bench = await toys.propose();
  const estate = new ToyEstate();
  const { steps } = bench.procedure;
  const reading = steps['check-readiness']!;
  const read: unknown[] = [];
  const file = watched();
  const procedure = {
    ...bench.procedure,
    steps: {
      ...steps,
      'check-readiness': {
        ...reading,
        read: async (...args: Parameters<NonNullable<typeof reading.read>>) => {
          read.push(args[1].settings);
          estate.to = 'newer';
          file.taken();
          await eventually(async () => expect((await bench.now()).settings).toEqual({ to: 'newer' }));
          return reading.read!(...args);
        },
      },
    },
  };
  const process = await processOf(bench, estate, { procedure, estate: file });
  await process.move(bench.run);
  expect(read).toEqual([{}, { to: 'newer' }]);
  expect((await bench.story()).filter(one => one === 'facts')).toHaveLength(1);
});

toyTest(
  'a run that can’t take what the estate says stands, says why once, and goes on when it is put back',
  async () => {
    const bench = await toys.propose();
    const estate = new ToyEstate();
    const process = await approvedAll(bench, estate);
    estate.impossible = 'pot is no longer a target';
    await bench.people(false);
    for (let i = 0; i < 2; i += 1) await process.move(bench.run);
    const run = await bench.now();
    expect(run.outageBegun).toBeUndefined();
    expect(standing(run)).toEqual(['r1 approved', 'r2 void estate', 'r3 void estate']);
    expect(await entries(bench, 'estate-kept')).toMatchObject([{ stands: 'pot is no longer a target' }]);
    estate.impossible = undefined;
    const done = await bench.play(process);
    expect(done.ended?.outcome).toBe('done');
    expect(await entries(bench, 'estate-kept')).toMatchObject([{}, { altered: [] }]);
    expect(standing(done).slice(3)).toEqual(['r4 approved', 'r5 approved']);
  },
);

toyTest('a request to leave something out is void, too', async () => {
  const bench = await toys.propose();
  const estate = new ToyEstate();
  const process = await processOf(bench, estate);
  await bench.play(process, { until: run => run.requests.length === 3 });
  await bench.says((run, now) => {
    const asked = { step: 'pot/write-line', person: 'carol', because: 'no ink' };
    return [makeSkipRequest(run, asked, people, now)];
  });
  estate.to = 'newer';
  await process.move(bench.run);
  await bench.says(run => (run.requests[3]?.status === 'open' ? approval(run, 'r4', 'bob') : []));
  await process.move(bench.run);
  const run = await bench.now();
  expect(run.requests[3]).toMatchObject({ status: 'void', why: 'estate' });
  expect(run.steps['pot/write-line']?.status).toBe('waiting');
});
