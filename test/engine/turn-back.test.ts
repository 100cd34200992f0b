import { expect, vi } from 'vitest';
import type { NewEntry } from '#core/entries.ts';
import { Refused } from '#core/errors.ts';
import { wayBack } from '#engine/turn-back.ts';
import { approval, type ToyBench } from '../builders/toy-bench.ts';
import { toyTest, useToys } from '../builders/use-toys.ts';
import { toyThings } from '../toy-procedure.ts';

const toys = useToys();

const eventually = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 5_000, interval: 5 });

function turn(how: 'rollback' | 'cancel', ...targets: string[]): NewEntry {
  return { type: 'turning-back', how, person: 'carol', because: null, targets };
}

/** Everything that a target's run alters is as before it. */
function expectAsBefore(bench: ToyBench, ...targets: string[]): void {
  expect(bench.world.state.things).toMatchObject(toyThings(targets));
  expect(bench.world.state.made.filter(one => targets.includes(one.name) && !one.gone)).toEqual([]);
  expect(bench.world.state.lines.filter(one => targets.includes(one.text.slice('line of '.length)))).toEqual([]);
  expect(Object.values(bench.world.state.brews).filter(one => targets.includes(one.pot))).toEqual([]);
}

toyTest('a cancelled run undoes what was prepared, in reverse order, and ends cancelled', async () => {
  const bench = await toys.propose(['pot', 'pan']);
  const process = await bench.process();
  await bench.playUntilStart(process);
  await bench.says(() => [turn('cancel', 'pot', 'pan')]);
  const run = await bench.play(process);
  expect(run.ended?.outcome).toBe('cancelled');
  expectAsBefore(bench, 'pot', 'pan');
  const undone = bench.world.effects.slice(4).map(effect => effect.action);
  expect(undone.sort()).toEqual(['put', 'put', 'unmake', 'unmake']);
  const story = await bench.story();
  expect(story.indexOf('begun pot/undo-make-new')).toBeGreaterThan(story.indexOf('finished pot/undo-open-door'));
  expect(story).not.toContain('begun run/announce-outage');
});

toyTest('what the outage did is undone before what was prepared, though no arrow of the graph joins them', async () => {
  const bench = await toys.propose();
  bench.world.fault('forbid', { action: 'brew', times: 9 });
  const process = await bench.process();
  await bench.play(process);
  const graph = (await bench.now()).graph;
  const free = Object.fromEntries(
    Object.entries(graph).map(([key, node]) => [
      key,
      { ...node, after: node.after.filter(before => graph[before]?.phase === node.phase) },
    ]),
  );
  const back = wayBack({ ...(await bench.now()), graph: free }, ['pot'], bench.procedure);
  const unmade = back.nodes.find(node => node.step === 'undo-make-new');
  expect(unmade?.after).toContain('pot/undo-stop-services');
});

toyTest(
  'a target that halted in the outage is rolled back while the other goes on; then the end is announced',
  async () => {
    const bench = await toys.propose(['pot', 'pan']);
    bench.world.fault('forbid', { action: 'brew', about: '"pot":"pot"', times: 9 });
    const process = await bench.process();
    const halted = await bench.play(process);
    expect(halted.steps['pot/brew']?.status).toBe('halted');
    await bench.says(() => [turn('rollback', 'pot')]);
    const run = await bench.play(process);
    expect(run.ended?.outcome).toBe('done');
    expect(run.turned).toEqual({ pot: 'rollback' });
    expectAsBefore(bench, 'pot');
    expect(bench.world.state.things).toMatchObject({ 'service.pan': 'down', 'pan.lid': 'new' });
    const story = await bench.story();
    expect(story.indexOf('begun run/announce-over')).toBeGreaterThan(story.indexOf('finished pot/undo-stop-services'));
    expect(bench.errors).toEqual([]);
  },
);

toyTest('the way back that was shown needs no new approval; nothing forward begins after it', async () => {
  const bench = await toys.propose();
  bench.world.fault('forbid', { action: 'brew', times: 9 });
  const process = await bench.process();
  await bench.play(process);
  await bench.says(() => [turn('rollback', 'pot')]);
  await process.move(bench.run);
  const run = await bench.now();
  expect(run.ended?.outcome).toBe('rolled-back');
  const story = await bench.story();
  const begun = story.slice(story.indexOf('turned-back')).filter(line => line.startsWith('begun pot/'));
  const forward = begun.filter(line => run.graph[line.slice('begun '.length)]?.phase !== 'undo');
  expect(forward).toEqual([]);
  expectAsBefore(bench, 'pot');
});

toyTest('the others’ running steps and new ones go on while a target waits to turn back', async () => {
  const bench = await toys.propose(['pot', 'pan']);
  bench.world.slowBrews = true;
  // A busy machine takes its time over the other target.
  const limits = new Proxy({} as Record<string, number>, { get: () => 60_000 });
  const process = await bench.process({ timing: { limits: limits as never } });
  const moving = bench.play(process);
  await eventually(() => expect(Object.keys(bench.world.state.brews)).toHaveLength(2));
  await bench.says(() => [turn('rollback', 'pot')]);
  const [pan] = Object.entries(bench.world.state.brews).filter(([, brew]) => brew.pot === 'pan');
  pan![1].status = 'ended';
  await eventually(async () => expect((await bench.now()).steps['pan/check-service']?.status).toBe('done'));
  expect((await bench.now()).turning).toBeDefined();
  bench.world.finishBrews();
  const run = await moving;
  expect(run.ended?.outcome).toBe('done');
  expectAsBefore(bench, 'pot');
});

toyTest('an unclear change that shows is undone with what was seen of it', async () => {
  const bench = await toys.propose();
  const process = await bench.process({ timing: { attempts: 1 } });
  await bench.playUntilStart(process);
  const dark = bench.world.read.bind(bench.world);
  bench.world.fault('reply-lost', { action: 'write' });
  bench.world.read = async () => {
    if (bench.world.state.lines.length > 0) bench.world.dark = true;
    return dark();
  };
  const halted = await bench.play(process);
  expect(halted.changes['pot/write-line/0']?.outcome).toBe('unknown');
  bench.world.read = dark;
  bench.world.dark = false;
  await bench.says(() => [turn('rollback', 'pot')]);
  const run = await bench.play(process);
  expect(run.ended?.outcome).toBe('rolled-back');
  expect(run.changes['pot/write-line/0']).toMatchObject({ outcome: 'made', output: { id: expect.any(String) } });
  expectAsBefore(bench, 'pot');
});

toyTest('an unclear change that never happened is not undone', async () => {
  const bench = await toys.propose();
  const process = await bench.process();
  bench.world.fault('drop', { action: 'ring' });
  const halted = await bench.play(process);
  expect(halted.steps['pot/ring-bell']).toMatchObject({ halt: { code: 'unclear' } });
  await bench.says(() => [turn('rollback', 'pot')]);
  const run = await bench.play(process);
  expect(run.ended?.outcome).toBe('rolled-back');
  expect(run.steps['pot/undo-ring-bell']).toBeUndefined();
  expect(run.notes).toEqual([]);
  expectAsBefore(bench, 'pot');
});

toyTest('what can’t be undone is written into the story, and the rest is undone', async () => {
  const bench = await toys.propose();
  const process = await bench.process();
  await bench.playUntilStart(process);
  bench.world.fault('forbid', { action: 'put', about: 'shut' });
  const halted = await bench.play(process);
  expect(halted.steps['pot/shut-door']?.status).toBe('halted');
  expect(wayBack(halted, ['pot'], bench.procedure).impossible).toEqual(['ring the bell of pot: it was heard']);
  await bench.says(() => [turn('rollback', 'pot')]);
  const back = await bench.play(process);
  expect(back.ended?.outcome).toBe('rolled-back');
  expect(back.notes).toMatchObject([{ text: expect.stringContaining('ring the bell of pot: it was heard') }]);
  expectAsBefore(bench, 'pot');
});

toyTest('what the run only found done stays', async () => {
  const bench = await toys.propose();
  const process = await bench.process();
  await bench.playUntilStart(process);
  bench.world.state.things['service.pot'] = 'down';
  bench.world.fault('forbid', { action: 'brew', times: 9 });
  await bench.play(process);
  await bench.says(() => [turn('rollback', 'pot')]);
  await bench.play(process);
  expect(bench.world.state.things).toMatchObject({ 'service.pot': 'down', 'pot.lid': 'old' });
});

toyTest('what a person did for the run is undone too', async () => {
  const bench = await toys.propose();
  const process = await bench.process();
  bench.world.fault('forbid', { action: 'put', about: 'service.pot' });
  await bench.play(process);
  bench.world.state.things['service.pot'] = 'down';
  await bench.says(() => [{ type: 'done-by-hand', step: 'pot/stop-services', person: 'bob', because: 'by hand' }]);
  bench.world.fault('forbid', { action: 'brew', times: 9 });
  const run = await bench.play(process);
  expect(run.steps['pot/brew']?.status).toBe('halted');
  await bench.says(() => [turn('rollback', 'pot')]);
  await bench.play(process);
  expectAsBefore(bench, 'pot');
});

toyTest('a way back that differs from what was shown needs a second person', async () => {
  const bench = await toys.propose();
  const { put } = bench.procedure.kinds;
  const other = {
    ...bench.procedure,
    kinds: {
      ...bench.procedure.kinds,
      put: {
        ...put!,
        inverse: (...[args, made]: Parameters<NonNullable<typeof put>['inverse']>) =>
          made === undefined ? { impossible: 'not yet known' } : put!.inverse(args, made),
      },
    },
  };
  bench.world.fault('forbid', { action: 'brew', times: 9 });
  const process = await bench.process({ procedure: other });
  await bench.play(process);
  await bench.says(() => [turn('rollback', 'pot')]);
  await process.move(bench.run);
  const asked = await bench.now();
  const request = asked.requests.at(-1)!;
  expect(request).toMatchObject({ status: 'open', gates: [{ gate: 'undo' }], askers: ['alice', 'carol'] });
  expect(bench.world.state.things['pot.lid']).toBe('new');
  await bench.says(run => approval(run, request.request, 'carol'));
  await process.move(bench.run);
  expect(bench.world.state.things['pot.lid']).toBe('new');
  const run = await bench.play(process);
  expect(run.ended?.outcome).toBe('rolled-back');
  expectAsBefore(bench, 'pot');
});

toyTest('a way back that dies on its way is gone to its end by the next process', async () => {
  const bench = await toys.propose();
  bench.world.fault('forbid', { action: 'brew', times: 9 });
  await bench.play(await bench.process());
  await bench.says(() => [turn('rollback', 'pot')]);
  for (let life = 0; life < 30; life += 1) {
    let left = 1 + (life % 3);
    const process = await bench.process({
      async append(self, _entries, write) {
        await write();
        left -= 1;
        if (left === 0) throw self.die();
      },
    });
    const run = await bench.play(process, { retry: true });
    if (run.ended !== undefined) break;
    await bench.leaseRunsOut();
  }
  expect((await bench.now()).ended?.outcome).toBe('rolled-back');
  expectAsBefore(bench, 'pot');
  const undone = bench.world.effects.map(effect => `${effect.action} ${JSON.stringify(effect.args)}`);
  expect(new Set(undone).size).toBe(undone.length);
});

toyTest('a change that was refused after a part of its work is undone too', async () => {
  const bench = await toys.propose();
  const { put } = bench.procedure.kinds;
  const half: NonNullable<typeof put> = {
    ...put!,
    async make(ports, args, send) {
      const made = await put!.make(ports, args, send);
      if (args.thing === 'pot.lid' && args.to === 'new') throw new Refused('command-failed', 'it broke half-way');
      return made;
    },
  };
  const process = await bench.process({
    procedure: { ...bench.procedure, kinds: { ...bench.procedure.kinds, put: half } },
  });
  const halted = await bench.play(process);
  expect(halted.steps['pot/move-parts']?.status).toBe('halted');
  expect(bench.world.state.things['pot.lid']).toBe('new');
  await bench.says(() => [turn('rollback', 'pot')]);
  const run = await bench.play(process);
  expect(run.ended?.outcome).toBe('rolled-back');
  expectAsBefore(bench, 'pot');
});
