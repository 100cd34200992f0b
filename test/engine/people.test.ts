import { expect, vi } from 'vitest';
import type { NewEntry } from '#core/entries.ts';
import { Halt } from '#core/errors.ts';
import type { Run } from '#core/run.ts';
import type { StepDefinition } from '#engine/define-step.ts';
import { people } from '../builders/history.ts';
import type { Process, ToyBench } from '../builders/toy-bench.ts';
import { toyTest, useToys } from '../builders/use-toys.ts';
import { effectsPerTarget } from '../toy-procedure.ts';

const toys = useToys();

const eventually = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 5_000, interval: 5 });

/** A process before whose append of `about` somebody else appends first, once. */
function overtaken(bench: ToyBench, about: (entry: NewEntry) => boolean, ...first: NewEntry[]): Promise<Process> {
  let done = false;
  return bench.process({
    async append(_process, entries, write) {
      if (!done && entries.some(about)) {
        done = true;
        await bench.says(() => first);
      }
      await write();
    },
  });
}

const begins = (step: string) => (entry: NewEntry) => entry.type === 'begun' && entry.step === step;
const intends = (change: string) => (entry: NewEntry) => entry.type === 'intended' && entry.change === change;

toyTest('a pause that comes just before a step begins keeps it from beginning, until somebody resumes', async () => {
  const bench = await toys.propose();
  const process = await overtaken(bench, begins('pot/stop-services'), { type: 'paused', person: 'dan' });
  const paused = await bench.play(process);
  expect(paused.steps['pot/stop-services']?.status).toBe('waiting');
  expect(bench.world.state.things['service.pot']).toBe('up');
  await bench.says(() => [{ type: 'resumed', person: 'dan' }]);
  expect((await bench.play(process)).ended?.outcome).toBe('done');
});

toyTest('a pause lets the running step end', async () => {
  const bench = await toys.propose();
  const process = await overtaken(bench, intends('pot/move-parts/0'), { type: 'paused', person: 'dan' });
  const run = await bench.play(process);
  expect(run.steps['pot/move-parts']?.status).toBe('done');
  expect(run.steps['pot/brew']?.status).toBe('waiting');
});

toyTest('an approval that is taken back just before a step begins keeps it from beginning', async () => {
  const bench = await toys.propose();
  const gone: NewEntry = { type: 'withdrawn', request: 'r2', person: 'bob', saw: 'gone' };
  const process = await overtaken(bench, begins('pot/stop-services'), gone);
  await process.move(bench.run);
  await bench.play(process, { until: run => run.outageBegun !== undefined });
  const run = await bench.now();
  expect(run.steps['pot/stop-services']?.status).toBe('waiting');
  expect(bench.world.effects.some(effect => effect.args.thing === 'service.pot')).toBe(false);
  expect((await bench.play(process)).ended?.outcome).toBe('done');
});

toyTest('an approval that is taken back while a step runs lets it end, and the next gated step waits', async () => {
  const bench = await toys.propose();
  const gone: NewEntry = { type: 'withdrawn', request: 'r2', person: 'bob', saw: 'gone' };
  const process = await overtaken(bench, intends('pot/move-parts/0'), gone);
  const run = await bench.play(process, { until: one => one.outageBegun !== undefined });
  expect(run.steps['pot/move-parts']?.status).toBe('done');
  expect(run.steps['pot/brew']?.status).toBe('waiting');
});

toyTest('an approver who is dropped from the estate in the middle of a step stops its next change', async () => {
  const bench = await toys.propose();
  let approvers: readonly string[] = people.approvers;
  const process = await bench.process({
    policy: () => ({ ...people, approvers }),
    async append(_process, entries, write) {
      if (entries.some(begins('pot/stop-services'))) approvers = ['alice', 'carol', 'dan'];
      await write();
    },
  });
  const run = await bench.play(process);
  expect(run.steps['pot/stop-services']).toMatchObject({
    status: 'halted',
    halt: { code: 'gate-closed', sentence: expect.stringContaining('!ask') },
  });
  expect(bench.world.state.things['service.pot']).toBe('up');
});

toyTest('a step that ended otherwise just before its change is intended makes no change', async () => {
  const bench = await toys.propose();
  const left: NewEntry = { type: 'skipped', step: 'pot/stop-services', person: 'dan', because: 'no', request: null };
  const process = await overtaken(bench, intends('pot/stop-services/0'), left);
  await bench.play(process);
  expect((await bench.now()).steps['pot/stop-services']?.status).toBe('skipped');
  expect(bench.world.effects.some(effect => effect.args.thing === 'service.pot')).toBe(false);
});

toyTest('a step that was turned back just before it begins does not begin', async () => {
  const bench = await toys.propose(['pot', 'pan']);
  const turning: NewEntry = { type: 'turning-back', how: 'rollback', person: 'carol', because: null, targets: ['pot'] };
  const process = await overtaken(bench, begins('pot/stop-services'), turning);
  const run = await bench.play(process);
  expect(run.steps['pot/stop-services']?.status).toBe('dropped');
  expect(bench.world.effects.some(effect => effect.args.thing === 'service.pot')).toBe(false);
  expect(run.steps['pan/check-service']?.status).toBe('done');
});

toyTest('what was done by hand is checked, and the run goes on', async () => {
  const bench = await toys.propose();
  bench.world.fault('fail', { action: 'brew', times: 9 });
  const process = await bench.process();
  const halted = await bench.play(process);
  expect(halted.steps['pot/brew']?.status).toBe('halted');
  const key = `${halted.uid}.pot.brew.0.g2`;
  bench.world.state.brews[key] = { pot: 'pot', status: 'ended' };
  await bench.says(() => [{ type: 'done-by-hand', step: 'pot/brew', person: 'bob', because: 'brewed it' }]);
  const run = await bench.play(process);
  expect(run.ended?.outcome).toBe('done');
  expect(run.steps['pot/brew']).toMatchObject({ status: 'done', note: 'done by hand by bob: brewed it' });
});

toyTest('what was said to be done by hand and is not halts again', async () => {
  const bench = await toys.propose();
  bench.world.fault('forbid', { action: 'put', about: 'pot.lid', times: 9 });
  const process = await bench.process();
  await bench.play(process);
  await bench.says(() => [{ type: 'done-by-hand', step: 'pot/move-parts', person: 'bob', because: 'I think' }]);
  const run = await bench.play(process);
  expect(run.steps['pot/move-parts']).toMatchObject({ status: 'halted', halts: 2, halt: { code: 'not-done' } });
});

/** A brewing that failed, whose kind can't show what people did; the step's own check passes. */
async function brewedByHand(bench: ToyBench, more: Partial<StepDefinition> = {}) {
  bench.world.fault('fail', { action: 'brew', times: 9 });
  const { steps, kinds } = bench.procedure;
  const process = await bench.process({
    procedure: {
      steps: {
        ...steps,
        brew: { ...steps.brew!, verify: async () => ({ ok: true, note: 'tea is in the pot' }), ...more },
      },
      kinds: { ...kinds, brew: { ...kinds.brew!, unseen: true } },
    },
  });
  const halted = await bench.play(process);
  expect(halted.steps['pot/brew']?.status).toBe('halted');
  return { process, key: `${halted.uid}.pot.brew.0.g2` };
}

const brewed: NewEntry = { type: 'done-by-hand', step: 'pot/brew', person: 'bob', because: 'brewed it' };

toyTest('what the run’s own command still does is not done by hand, though the step’s check would pass', async () => {
  const bench = await toys.propose();
  const { process, key } = await brewedByHand(bench, { verifyReadsAll: true });
  bench.world.state.brews[key] = { pot: 'pot', status: 'running' };
  await bench.says(() => [brewed]);
  expect((await bench.play(process)).steps['pot/brew']).toMatchObject({
    status: 'halted',
    halt: { code: 'still-runs', sentence: expect.stringContaining('brew') },
  });
  delete bench.world.state.brews[key];
  await bench.says(() => [brewed]);
  expect((await bench.play(process)).ended?.outcome).toBe('done');
});

/** The answer to the newest request, by the bench's own way of approving. */
function answers(run: Run, person: string): NewEntry[] {
  const { request, gates } = run.requests.at(-1)!;
  const account = `@${person}:sim`;
  return gates.map(({ gate, hash }) => ({ type: 'approved', request, gate, hash, person, account, reaction: '$r' }));
}

toyTest('what can’t be read back of what people did is asked of a second person, with what can', async () => {
  const bench = await toys.propose();
  const readByHand = async () => ['1 of 1 cups is full'];
  const { process } = await brewedByHand(bench, { readByHand });
  await bench.says(() => [brewed]);
  await process.move(bench.run);
  const asked = await bench.now();
  expect(asked.steps['pot/brew']?.status).toBe('by-hand');
  expect(asked.requests.at(-1)).toMatchObject({
    status: 'open',
    askers: ['alice', 'bob'],
    gates: [{ gate: 'by-hand' }],
    byHand: { step: 'pot/brew', read: ['1 of 1 cups is full', 'tea is in the pot'], unread: ['brew in pot'] },
  });
  // Whoever did it, and the run's asker, don't count.
  for (const person of ['bob', 'alice']) {
    await bench.says(run => answers(run, person));
    await process.move(bench.run);
    expect((await bench.now()).steps['pot/brew']?.status).toBe('by-hand');
  }
  await bench.says(run => answers(run, 'carol'));
  const run = await bench.play(process);
  expect(run.steps['pot/brew']).toMatchObject({ status: 'done', note: 'done by hand by bob: brewed it' });
  expect(run.ended?.outcome).toBe('done');
  expect(run.requests.filter(one => one.byHand !== undefined)).toHaveLength(1);
});

toyTest('what a second person doesn’t believe halts again, and nothing after it is made', async () => {
  const bench = await toys.propose();
  const { process } = await brewedByHand(bench);
  await bench.says(() => [brewed]);
  await process.move(bench.run);
  await bench.says(run => [
    { type: 'rejected', request: run.requests.at(-1)!.request, person: 'carol', account: '@carol:sim' },
  ]);
  await process.move(bench.run);
  const run = await bench.now();
  expect(run.steps['pot/brew']).toMatchObject({ status: 'halted', halt: { code: 'not-agreed' } });
  expect(run.steps['pot/brew']?.halt?.sentence).toContain("carol doesn't agree");
  expect(bench.world.effects.map(effect => effect.action)).not.toContain('ring');
});

toyTest('a rollback doesn’t wait for who should agree to what was done by hand', async () => {
  const bench = await toys.propose();
  const { process } = await brewedByHand(bench);
  await bench.says(() => [brewed]);
  await process.move(bench.run);
  await bench.says(() => [{ type: 'turning-back', how: 'rollback', person: 'carol', because: null, targets: ['pot'] }]);
  const run = await bench.play(process);
  expect(run.requests.find(one => one.byHand !== undefined)?.status).toBe('void');
  expect(run.ended?.outcome).toBe('rolled-back');
});

toyTest('a step that reads the facts reads them when it is said to be done too, and is not done without', async () => {
  const bench = await toys.propose();
  let ready = false;
  const { steps } = bench.procedure;
  const check = steps['check-readiness']!;
  const read: typeof check.read = async (ports, context) => {
    if (!ready) throw new Halt('not-ready', 'the pot has a hole');
    return check.read!(ports, context);
  };
  const procedure = { ...bench.procedure, steps: { ...steps, 'check-readiness': { ...check, read } } };
  const process = await bench.process({ procedure });
  await bench.play(process);
  const says: NewEntry = { type: 'done-by-hand', step: 'pot/check-readiness', person: 'alice', because: 'I looked' };
  await bench.says(() => [says]);
  expect((await bench.play(process)).steps['pot/check-readiness']).toMatchObject({
    status: 'halted',
    halt: { code: 'not-ready' },
  });
  ready = true;
  await bench.says(() => [says]);
  expect((await bench.play(process)).ended?.outcome).toBe('done');
});

toyTest('a step’s own check decides over what was done by hand', async () => {
  const bench = await toys.propose();
  const process = await bench.process();
  await bench.playUntilStart(process);
  bench.world.fault('forbid', { action: 'ring' });
  const halted = await bench.play(process);
  expect(halted.steps['pot/ring-bell']?.status).toBe('halted');
  bench.world.state.things['pot.lid'] = 'broken';
  await bench.says(() => [
    { type: 'skipped', step: 'pot/ring-bell', person: 'dan', because: 'no bell', request: null },
  ]);
  const unchecked = await bench.play(process);
  expect(unchecked.steps['pot/check-service']).toMatchObject({ status: 'halted', halt: { code: 'not-verified' } });
  await bench.says(() => [{ type: 'done-by-hand', step: 'pot/check-service', person: 'bob', because: 'fine' }]);
  expect((await bench.play(process)).steps['pot/check-service']).toMatchObject({ status: 'halted', halts: 2 });
  bench.world.state.things['pot.lid'] = 'new';
  await bench.says(() => [{ type: 'done-by-hand', step: 'pot/check-service', person: 'bob', because: 'mended' }]);
  expect((await bench.play(process)).ended?.outcome).toBe('done');
});

toyTest('a skipped step is left out and the rest goes on', async () => {
  const bench = await toys.propose();
  bench.world.fault('forbid', { action: 'ring', times: 9 });
  const process = await bench.process();
  await bench.play(process);
  await bench.says(() => [
    { type: 'skipped', step: 'pot/ring-bell', person: 'dan', because: 'no bell', request: null },
  ]);
  const run = await bench.play(process);
  expect(run.ended?.outcome).toBe('done');
  expect(bench.world.effects).toHaveLength(effectsPerTarget - 1);
});

toyTest('a process that is told to stop leaves what is under way attached, and the next one goes on', async () => {
  const bench = await toys.propose();
  bench.world.slowBrews = true;
  const first = await bench.process();
  const moving = bench.play(first);
  await eventually(() => expect(Object.values(bench.world.state.brews)).toMatchObject([{ status: 'running' }]));
  first.stop();
  const left = await moving;
  expect(left.steps['pot/brew']).toMatchObject({ status: 'running', halt: undefined });
  expect(left.changes['pot/brew/0']?.outcome).toBe('intended');
  // Its lease was let go: nobody waits for it to run out.
  const second = await bench.process();
  const going = bench.play(second);
  await eventually(() => expect(bench.saying).toContain('it bubbles'));
  bench.world.finishBrews();
  expect((await going).ended?.outcome).toBe('done');
  expect(bench.world.effects).toHaveLength(effectsPerTarget);
});

toyTest('a process that is told to stop begins nothing new', async () => {
  const bench = await toys.propose();
  const process = await bench.process();
  await bench.playUntilStart(process);
  await bench.people(false);
  process.stop();
  const { head } = await bench.now();
  await process.move(bench.run);
  expect((await bench.now()).head).toEqual(head);
});

toyTest('stopping does not wait for a long pause between two attempts', async () => {
  const bench = await toys.propose();
  bench.world.fault('refuse', { action: 'make' });
  const process = await bench.process({ timing: { backoff: 600_000 } });
  const moving = process.move(bench.run);
  await eventually(async () => expect((await bench.now()).changes['pot/make-new/0']?.outcome).toBe('refused'));
  process.stop();
  await moving;
  expect((await bench.play(await bench.process())).ended?.outcome).toBe('done');
});

toyTest('an entry that this version does not know stops the run, and no process spins on it', async () => {
  const bench = await toys.propose();
  const process = await overtaken(bench, intends('pot/move-parts/0'), { type: 'levitated' } as unknown as NewEntry);
  const run = await bench.play(process);
  expect(run.strange).toContain('levitated');
  expect(bench.world.state.things['pot.lid']).toBe('old');
  const { head } = run;
  await (await bench.process()).move(bench.run);
  expect((await bench.now()).head).toEqual(head);
  expect(bench.errors).toEqual([]);
});

toyTest('announcements are owed once, also when the step is run again after a crash', async () => {
  const bench = await toys.propose();
  const dying = await bench.process({
    async append(process, entries, write) {
      await write();
      if (entries.some(entry => entry.type === 'owed')) throw process.die();
    },
  });
  await bench.play(dying);
  await bench.leaseRunsOut();
  await bench.play(await bench.process());
  expect((await bench.entries()).filter(entry => entry.type === 'owed')).toHaveLength(1);
});

toyTest('the asker’s own approval, written into the journal, starts nothing', async () => {
  const bench = await toys.propose();
  const process = await bench.process();
  await process.move(bench.run);
  const { gates } = (await bench.now()).requests[0]!;
  await bench.says(() =>
    gates.map(gate => ({ type: 'approved', request: 'r1', ...gate, person: 'alice', account: '@a', reaction: '$' })),
  );
  await process.move(bench.run);
  expect((await bench.now()).steps['pot/open-door']?.status).toBe('waiting');
  expect(bench.world.state.things['door.pot']).toBe('shut');
});

toyTest('an approval of another plan starts nothing', async () => {
  const bench = await toys.propose();
  const process = await bench.process();
  await process.move(bench.run);
  const hash = 'f'.repeat(64);
  await bench.says(() => [
    { type: 'approved', request: 'r1', gate: 'live', hash, person: 'bob', account: '@b', reaction: '$' },
  ]);
  await process.move(bench.run);
  expect((await bench.now()).steps['pot/open-door']?.status).toBe('waiting');
});

toyTest('what can’t be undone isn’t done any more once somebody said to turn back', async () => {
  const bench = await toys.propose();
  const turning: NewEntry = { type: 'turning-back', how: 'rollback', person: 'carol', because: null, targets: ['pot'] };
  const process = await overtaken(bench, intends('pot/ring-bell/0'), turning);
  const run = await bench.play(process);
  expect(bench.world.state.rings).toEqual([]);
  expect(run.ended?.outcome).toBe('rolled-back');
  expect(run.notes).toEqual([]);
});

toyTest('a step’s own check doesn’t vouch for a change that shows as not made', async () => {
  const bench = await toys.propose();
  const step = bench.procedure.steps['move-parts']!;
  const lenient: typeof step = { ...step, verify: async () => ({ ok: true }) };
  bench.world.fault('forbid', { action: 'put', about: 'pot.lid', times: 9 });
  const process = await bench.process({
    procedure: { ...bench.procedure, steps: { ...bench.procedure.steps, 'move-parts': lenient } },
  });
  await bench.play(process);
  await bench.says(() => [{ type: 'done-by-hand', step: 'pot/move-parts', person: 'bob', because: 'I think' }]);
  const run = await bench.play(process);
  expect(run.steps['pot/move-parts']).toMatchObject({ status: 'halted', halt: { code: 'not-done' } });
});
