import { expect, vi } from 'vitest';
import type { NewEntry } from '#core/entries.ts';
import type { ToyBench } from '../builders/toy-bench.ts';
import { toyTest, useToys } from '../builders/use-toys.ts';

const toys = useToys();

const eventually = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 20_000, interval: 5 });
const cancel = (...targets: string[]): NewEntry => ({
  type: 'turning-back',
  how: 'cancel',
  person: 'carol',
  because: 'not today',
  targets,
});

/** The reply of making the new one was lost, and nobody can see what became of it; by itself it would be tried for hours. */
async function blind(short: number): Promise<{ bench: ToyBench; moving: Promise<void> }> {
  const bench = await toys.propose();
  bench.world.fault('reply-lost', { action: 'make' });
  const read = bench.world.read.bind(bench.world);
  bench.world.read = async () => {
    if (bench.world.state.made.length > 0 && (await bench.now()).turned.pot === undefined) bench.world.dark = true;
    return read();
  };
  const limits = new Proxy({} as Record<string, number>, { get: () => short });
  const process = await bench.process({ timing: { attempts: 30, backoff: 20, limits: limits as never } });
  const moving = process.move(bench.run);
  await eventually(async () => expect((await bench.now()).changes['pot/make-new/0']?.outcome).toBe('unknown'));
  return { bench, moving };
}

async function entries(bench: ToyBench, type: string) {
  return (await bench.entries()).filter(entry => entry.type === type);
}

/** From when the way back is planned everything shows again. */
async function turned(bench: ToyBench): Promise<void> {
  await eventually(async () => expect((await bench.now()).turned.pot).toBe('cancel'));
  bench.world.dark = false;
}

toyTest('a cancel ends when its limit is over though nobody can see what runs, and says so meanwhile', async () => {
  const { bench, moving } = await blind(500);
  await bench.says(() => [cancel('pot')]);
  await turned(bench);
  await moving;
  const run = await bench.now();
  expect(run.ended?.outcome).toBe('cancelled');
  const [unseen] = await entries(bench, 'unseen');
  const [said] = await entries(bench, 'turning-back');
  expect(unseen).toMatchObject({
    step: 'pot/make-new',
    sentence: expect.stringContaining("can't see how it stands"),
    until: (said?.at ?? 0) + 500,
  });
  expect(await entries(bench, 'unseen'), 'said once').toHaveLength(1);
});

toyTest('a second cancel ends a look that can’t see at once', async () => {
  const { bench, moving } = await blind(600_000);
  await bench.says(() => [cancel('pot')]);
  await eventually(async () => expect(await entries(bench, 'unseen')).toHaveLength(1));
  expect((await bench.now()).turned).toEqual({});
  await bench.says(() => [cancel('pot')]);
  await turned(bench);
  await moving;
  expect((await bench.now()).ended?.outcome).toBe('cancelled');
});

toyTest('what is refused is not tried again once its target turns back', async () => {
  const bench = await toys.propose();
  bench.world.fault('refuse', { action: 'make', times: 1_000 });
  const process = await bench.process({ timing: { attempts: 30, backoff: 20 } });
  const moving = process.move(bench.run);
  await eventually(async () => expect((await bench.now()).changes['pot/make-new/0']?.refusals).toBeGreaterThan(1));
  await bench.says(() => [cancel('pot')]);
  await moving;
  const run = await bench.now();
  expect(run.ended?.outcome).toBe('cancelled');
  expect(bench.world.state.made).toEqual([]);
});
