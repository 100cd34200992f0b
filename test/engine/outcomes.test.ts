import { describe, expect } from 'vitest';
import type { Run } from '#core/run.ts';
import type { Send } from '#ports/send.ts';
import type { ToyBench } from '../builders/toy-bench.ts';
import { toyTest, useToys } from '../builders/use-toys.ts';
import { effectsPerTarget } from '../toy-procedure.ts';
import type { ToyAction } from '../toy-world.ts';

const toys = useToys();

async function outcomes(bench: ToyBench, change: string): Promise<string[]> {
  return (await bench.entries()).flatMap(entry =>
    'change' in entry && entry.change === change ? [entry.type + ('generation' in entry ? entry.generation : '')] : [],
  );
}

function expectDone(bench: ToyBench, run: Run, targets = 1): void {
  expect(run.ended?.outcome).toBe('done');
  expect(bench.world.effects).toHaveLength(targets * effectsPerTarget);
  expect(bench.errors).toEqual([]);
}

const kinds: readonly (readonly [string, ToyAction, string, string])[] = [
  ['token', 'make', 'pot', 'pot/make-new/0'],
  ['converges', 'put', 'pot.lid', 'pot/move-parts/0'],
  ['look', 'write', 'pot', 'pot/write-line/0'],
  ['converges, detached', 'brew', 'pot', 'pot/brew/0'],
];

describe.each(kinds)('a change that is repeated by %s', (_repeat, action, about, change) => {
  toyTest('is made again with the same key when its request was lost', async () => {
    const bench = await toys.propose();
    bench.world.fault('drop', { action, about });
    const run = await bench.play(await bench.process());
    expectDone(bench, run);
    expect(await outcomes(bench, change)).toEqual(['intended1', 'unknown', 'intended1', 'made']);
  });

  toyTest('is found, and not made again, when only the reply was lost', async () => {
    const bench = await toys.propose();
    bench.world.fault('reply-lost', { action, about });
    const run = await bench.play(await bench.process());
    expectDone(bench, run);
    expect(await outcomes(bench, change)).toEqual(['intended1', 'unknown', 'found']);
    expect(bench.world.calls.filter(call => call.action === action && call.key.includes('g1'))).not.toHaveLength(0);
  });

  toyTest('is sent again after a refusal that may be retried, with the same key', async () => {
    const bench = await toys.propose();
    bench.world.fault('refuse', { action, about, times: 2 });
    const run = await bench.play(await bench.process());
    expectDone(bench, run);
    expect(await outcomes(bench, change)).toEqual([
      'intended1',
      'refused',
      'intended1',
      'refused',
      'intended1',
      'made',
    ]);
  });

  toyTest('halts after as many refusals as are allowed, and a retry allows as many again', async () => {
    const bench = await toys.propose();
    bench.world.fault('refuse', { action, about, times: 4 });
    const process = await bench.process();
    const halted = await bench.play(process);
    const step = change.slice(0, -2);
    expect(halted.steps[step]).toMatchObject({
      status: 'halted',
      halt: { code: 'throttled', sentence: 'Too many toys.' },
    });
    expect(halted.changes[change]).toMatchObject({ refusals: 3, generation: 1 });
    expectDone(bench, await bench.play(process, { retry: true }));
  });

  toyTest('halts at once when the world says no for good', async () => {
    const bench = await toys.propose();
    bench.world.fault('forbid', { action, about });
    const process = await bench.process();
    const halted = await bench.play(process);
    expect(halted.steps[change.slice(0, -2)]).toMatchObject({ status: 'halted', halt: { code: 'forbidden' } });
    expect(await outcomes(bench, change)).toEqual(['intended1', 'refused']);
    expectDone(bench, await bench.play(process, { retry: true }));
    expect(await outcomes(bench, change), 'a refusal raises no generation').toEqual([
      'intended1',
      'refused',
      'intended1',
      'made',
    ]);
  });

  toyTest('waits for a person when its outcome is unclear again and again', async () => {
    const bench = await toys.propose();
    bench.world.fault('drop', { action, about, times: 3 });
    const process = await bench.process();
    const halted = await bench.play(process);
    expect(halted.steps[change.slice(0, -2)]).toMatchObject({ status: 'halted', halt: { code: 'unclear' } });
    expectDone(bench, await bench.play(process, { retry: true }));
  });
});

toyTest('what is never repeated by itself waits for a person, whose retry is the answer', async () => {
  const bench = await toys.propose();
  bench.world.fault('drop', { action: 'ring' });
  const process = await bench.process();
  const halted = await bench.play(process);
  expect(halted.steps['pot/ring-bell']).toMatchObject({
    status: 'halted',
    halt: { code: 'unclear', sentence: expect.stringContaining('ring the bell of pot') },
  });
  await process.move(bench.run);
  expect(bench.world.state.rings).toEqual([]);
  expectDone(bench, await bench.play(process, { retry: true }));
  expect(await outcomes(bench, 'pot/ring-bell/0')).toEqual(['intended1', 'unknown', 'intended1', 'made']);
});

toyTest('what is never repeated by itself needs nobody when its effect shows', async () => {
  const bench = await toys.propose();
  bench.world.fault('reply-lost', { action: 'ring' });
  expectDone(bench, await bench.play(await bench.process()));
});

toyTest('an unclear outcome is believed to be nothing only after the request has certainly ended', async () => {
  const bench = await toys.propose();
  bench.world.fault('drop', { action: 'write' });
  const reply = 120;
  await bench.play(await bench.process({ timing: { reply } }));
  const [first, second] = (await bench.entries()).filter(
    entry => entry.type === 'intended' && entry.change === 'pot/write-line/0',
  );
  expect(first?.type === 'intended' && second && second.at - first.sendBy).toBeGreaterThanOrEqual(reply);
});

toyTest('a kind that looks twice believes nothing that it saw once', async () => {
  const bench = await toys.propose();
  bench.world.fault('reply-lost', { action: 'write' });
  const { write } = bench.procedure.kinds;
  let sent: Send | undefined;
  let shownLate = false;
  // The world shows the effect late: not before the request has certainly ended, and not at the first look after that.
  const late: typeof write = {
    ...write!,
    async make(...args) {
      sent = args[2];
      return write!.make(...args);
    },
    async look(...args) {
      const look = await write!.look(...args);
      if (sent === undefined || look.is !== 'after' || shownLate) return look;
      shownLate = sent.now() >= sent.sendBy;
      return { is: 'before' };
    },
  };
  const procedure = { ...bench.procedure, kinds: { ...bench.procedure.kinds, write: late } };
  const run = await bench.play(await bench.process({ procedure, timing: { reply: 0 }, sendWithin: 60 }));
  expect(shownLate).toBe(true);
  expectDone(bench, run);
});

toyTest('what was accepted and has no effect halts, and is made again on a retry', async () => {
  const bench = await toys.propose();
  bench.world.fault('no-effect', { action: 'put', about: 'pot.lid' });
  const process = await bench.process({ timing: { limits: shortLimits() } });
  const halted = await bench.play(process);
  expect(halted.steps['pot/move-parts']).toMatchObject({ status: 'halted', halt: { code: 'no-effect' } });
  expectDone(bench, await bench.play(process, { retry: true }));
});

toyTest('what failed halts with its evidence; a retry makes the next generation with another key', async () => {
  const bench = await toys.propose();
  bench.world.fault('fail', { action: 'brew' });
  const process = await bench.process();
  const halted = await bench.play(process);
  expect(halted.steps['pot/brew']).toMatchObject({
    status: 'halted',
    halt: { code: 'brew-failed', evidence: ['it smells'] },
  });
  const run = await bench.play(process, { retry: true });
  expect(run.ended?.outcome).toBe('done');
  expect(await outcomes(bench, 'pot/brew/0')).toEqual(['intended1', 'failed1', 'intended2', 'made']);
  const keys = bench.world.effects.filter(effect => effect.action === 'brew').map(effect => effect.key);
  expect(keys).toEqual([expect.stringMatching(/pot\.brew\.0\.g1$/), expect.stringMatching(/pot\.brew\.0\.g2$/)]);
});

toyTest('a key that the world calls spent halts; a retry makes the next generation', async () => {
  const bench = await toys.propose();
  bench.world.fault('forbid', { action: 'brew' });
  const { kinds } = bench.procedure;
  const spent = { ...bench.procedure, kinds: { ...kinds, brew: { ...kinds.brew!, spent: ['forbidden'] } } };
  const process = await bench.process({ procedure: spent });
  const halted = await bench.play(process);
  expect(halted.steps['pot/brew']).toMatchObject({ status: 'halted', halt: { code: 'forbidden' } });
  expect((await bench.play(process, { retry: true })).ended?.outcome).toBe('done');
  expect(await outcomes(bench, 'pot/brew/0')).toEqual(['intended1', 'failed1', 'intended2', 'made']);
});

toyTest('a lost process of a kind that converges is followed by the next generation, a few times', async () => {
  const bench = await toys.propose();
  bench.world.fault('lose', { action: 'brew' });
  const run = await bench.play(await bench.process());
  expect(run.ended?.outcome).toBe('done');
  expect(await outcomes(bench, 'pot/brew/0')).toEqual(['intended1', 'failed1', 'intended2', 'made']);

  const again = await toys.propose();
  again.world.fault('lose', { action: 'brew', times: 50 });
  const halted = await again.play(await again.process());
  expect(halted.steps['pot/brew']).toMatchObject({ status: 'halted', halt: { code: 'lost' } });
  expect(again.world.effects.filter(effect => effect.action === 'brew')).toHaveLength(3);
});

toyTest('a world that is neither before nor after halts with what was seen', async () => {
  const bench = await toys.propose();
  const process = await bench.process();
  await bench.playUntilStart(process);
  bench.world.state.things['service.pot'] = 'sideways';
  const run = await bench.play(process);
  expect(run.steps['pot/stop-services']).toMatchObject({
    status: 'halted',
    halt: { code: 'strange-thing', sentence: 'service.pot is sideways', evidence: ['service.pot=sideways'] },
  });
  expect(bench.world.calls.some(call => JSON.stringify(call.args).includes('service.pot'))).toBe(false);
});

toyTest('what somebody did before is found and not made', async () => {
  const bench = await toys.propose();
  const process = await bench.process();
  await bench.playUntilStart(process);
  bench.world.state.things['service.pot'] = 'down';
  const run = await bench.play(process);
  expect(run.ended?.outcome).toBe('done');
  expect(await outcomes(bench, 'pot/stop-services/0')).toEqual(['found']);
  expect(run.changes['pot/stop-services/0']?.found).toBe(true);
});

toyTest('a world that can’t be seen for a while is looked at again; for long it halts', async () => {
  const bench = await toys.propose();
  const process = await bench.process({ timing: { attempts: 2 } });
  await bench.playUntilStart(process);
  bench.world.dark = true;
  const halted = await bench.play(process);
  expect(Object.values(halted.steps).filter(step => step.status === 'halted')).toMatchObject([
    { halt: { code: 'dark' } },
  ]);
  bench.world.dark = false;
  expectDone(bench, await bench.play(process, { retry: true }));
});

toyTest('a halt stops its target, and the other goes on to its end', async () => {
  const bench = await toys.propose(['pot', 'pan']);
  bench.world.fault('forbid', { action: 'write', about: 'pot' });
  const process = await bench.process();
  const run = await bench.play(process);
  const stands = (target: string) =>
    Object.values(run.steps)
      .filter(step => step.node.target === target && step.node.phase === 'outage')
      .map(step => `${step.node.step} ${step.status}`);
  expect(stands('pan')).toEqual(
    ['stop-services', 'write-line', 'move-parts', 'brew', 'ring-bell', 'check-service'].map(step => `${step} done`),
  );
  expect(stands('pot')).toEqual([
    'stop-services done',
    'write-line halted',
    'move-parts done',
    'brew waiting',
    'ring-bell waiting',
    'check-service waiting',
  ]);
  expect(run.steps['run/announce-over']?.status).toBe('waiting');
  expectDone(bench, await bench.play(process, { retry: true }), 2);
});

function shortLimits() {
  const names = [
    'short',
    'launch',
    'volume',
    'snapshot',
    'power',
    'network',
    'command',
    'playbook',
    'build',
    'dump',
    'upgrade',
  ] as const;
  const limits = Object.fromEntries(names.map(name => [name, 40])) as Record<(typeof names)[number], number>;
  return { ...limits, holders: 40, certificate: 40 };
}
