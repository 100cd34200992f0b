import { expect } from 'vitest';
import type { Steps } from '#engine/define-step.ts';
import { toyTest, useToys } from '../builders/use-toys.ts';

const toys = useToys();

toyTest('sessions with a host whose address moves are closed around the changes, on the way back too', async () => {
  const bench = await toys.propose();
  const story: string[] = [];
  const { steps } = bench.procedure;
  const rerouted: Steps = {
    ...steps,
    'stop-services': { ...(steps['stop-services'] as Steps[string]), reroutes: ({ target }) => [{ host: target }] },
  };
  bench.world.fault('forbid', { action: 'brew', times: 9 });
  const process = await bench.process({
    procedure: { ...bench.procedure, steps: rerouted },
    sessions: { close: async host => void story.push(`closed ${host !== undefined && 'host' in host && host.host}`) },
    make: async (_process, kind, send) => {
      story.push(kind);
      await send();
    },
  });
  await bench.play(process);
  const at = story.indexOf('closed pot');
  expect(story.slice(at, at + 3)).toEqual(['closed pot', 'put', 'closed pot']);
  expect(story.filter(one => one === 'closed pot')).toHaveLength(2);
  story.length = 0;
  await bench.says(() => [{ type: 'turning-back', how: 'rollback', person: 'carol', because: null, targets: ['pot'] }]);
  await process.move(bench.run);
  expect((await bench.now()).ended?.outcome).toBe('rolled-back');
  expect(story.filter(one => one !== 'write' && one !== 'move')).toEqual(
    expect.arrayContaining(['closed pot', 'put', 'closed pot']),
  );
  expect(story.filter(one => one === 'closed pot')).toHaveLength(2);
});
