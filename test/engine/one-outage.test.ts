import { expect, vi } from 'vitest';
import { decide } from '#core/decide.ts';
import { isInOutage } from '#core/readiness.ts';
import { people } from '../builders/history.ts';
import type { Sabotage, ToyBench } from '../builders/toy-bench.ts';
import { toyTest, useToys } from '../builders/use-toys.ts';

const toys = useToys();
const eventually = (check: () => void | Promise<void>) => vi.waitFor(check, { timeout: 10_000, interval: 5 });

/** Two runs of one environment that only wait for `!start`, and both get it. */
async function bothStarted(): Promise<[ToyBench, ToyBench]> {
  const [pot, pan] = await toys.proposeBeside(['pot'], ['pan']);
  if (pot === undefined || pan === undefined) throw new Error('nothing was proposed');
  for (const bench of [pot, pan]) {
    await bench.playUntilStart(await bench.process());
    await bench.says(() => [{ type: 'started', person: 'alice' }]);
  }
  return [pot, pan];
}

/** Holds the append that begins an outage until as many processes are about to make one. */
function together(count: number): Sabotage {
  let about = 0;
  let go: () => void = () => {};
  const all = new Promise<void>(resolve => {
    go = resolve;
  });
  return {
    append: async (_process, entries, write) => {
      if (entries.some(entry => entry.type === 'outage-begun')) {
        about += 1;
        if (about >= count) go();
        await all;
      }
      await write();
    },
  };
}

const waitsFor = async (bench: ToyBench) => decide(await bench.now(), people, (await bench.now()).lastAt).waiting;

toyTest(
  'two processes begin two outages of an environment at the same moment: one begins, the other waits',
  async () => {
    const [pot, pan] = await bothStarted();
    pot.world.slowBrews = true;
    const race = together(2);
    const [one, other] = [await pot.process(race), await pan.process(race)];
    const moving = [pot.play(one), pan.play(other)];
    await eventually(async () => {
      const begun = [await pot.now(), await pan.now()].filter(run => run.outageBegun !== undefined);
      expect(begun).toHaveLength(1);
    });
    const [winner, loser] = isInOutage(await pot.now()) ? [pot, pan] : [pan, pot];
    await eventually(async () => {
      expect(await waitsFor(loser)).toEqual([{ for: 'outage', other: winner.run }]);
    });
    expect((await loser.now()).outageBegun).toBeUndefined();

    pot.world.slowBrews = false;
    pot.world.finishBrews();
    await Promise.all(moving);
    // Nobody says anything more: it begins by itself.
    const after = await loser.process();
    const ended = await loser.play(after);
    expect([(await winner.now()).ended?.outcome, ended.ended?.outcome]).toEqual(['done', 'done']);
    const story = await loser.story();
    expect(story.filter(type => type === 'outage-waits')).toHaveLength(1);
    const over = (await winner.entries()).findLast(
      entry => entry.type === 'finished' && entry.step.startsWith('run/'),
    )!;
    expect(ended.outageBegun!.at).toBeGreaterThanOrEqual(over.at);
  },
);

toyTest('a run that waits for another outage begins nothing of its own when its approval is gone by then', async () => {
  const [pot, pan] = await bothStarted();
  pot.world.slowBrews = true;
  const first = await pot.process();
  const outage = pot.play(first);
  await eventually(async () => expect(isInOutage(await pot.now())).toBe(true));
  let approvers = people.approvers;
  const second = await pan.process({ policy: () => ({ ...people, approvers }) });
  await second.move(pan.run);
  expect(await waitsFor(pan)).toEqual([{ for: 'outage', other: pot.run }]);

  approvers = ['alice', 'carol'];
  pot.world.slowBrews = false;
  pot.world.finishBrews();
  expect((await outage).ended?.outcome).toBe('done');
  await second.move(pan.run);
  const run = await pan.now();
  expect(run.outageBegun).toBeUndefined();
  expect(decide(run, { ...people, approvers }, run.lastAt).waiting).toMatchObject([
    { for: 'ask', why: 'approver-gone' },
  ]);
});

toyTest('a process that starts while another outage is on reads nothing and begins nothing', async () => {
  const [pot, pan] = await bothStarted();
  // What was read of both is old by now.
  await pan.redis.advance(people.freshFacts + 1);
  pot.world.slowBrews = true;
  const first = await pot.process();
  const outage = pot.play(first);
  await eventually(async () => expect(isInOutage(await pot.now())).toBe(true));
  const second = await pan.process();
  await second.move(pan.run);
  expect((await pan.story()).slice(-2)).toEqual(['started', 'outage-waits']);
  await second.move(pan.run);
  expect((await pan.story()).at(-1)).toBe('outage-waits');

  pot.world.slowBrews = false;
  pot.world.finishBrews();
  await outage;
  const run = await pan.play(second);
  expect(run.ended?.outcome).toBe('done');
  const story = await pan.story();
  expect(story.slice(story.indexOf('outage-waits')).slice(0, 3)).toEqual([
    'outage-waits',
    'facts-checked',
    'outage-begun',
  ]);
});
