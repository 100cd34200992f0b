import { expect, it, vi } from 'vitest';
import { sweep } from '#engine/sweep.ts';

it('goes on when the store is away, and says so', async () => {
  const stop = new AbortController();
  const woken: string[] = [];
  let turns = 0;
  const said = vi.fn();
  const clock = {
    now: () => turns * 10,
    async sleep() {
      turns += 1;
      if (turns === 3) stop.abort();
    },
  };
  const wake = {
    async due() {
      if (turns === 0) throw new Error('store away');
      return ['dev-1'];
    },
    async wake(run: string) {
      woken.push(run);
    },
  };
  await sweep(clock, wake, 10, stop.signal, { error: said });
  expect(woken).toEqual(['dev-1', 'dev-1']);
  expect(said).toHaveBeenCalledTimes(1);
});

it('wakes a run that stays due with growing pauses, and at once again when it was moved meanwhile', async () => {
  const stop = new AbortController();
  const woken: number[] = [];
  let at = 0;
  const clock = {
    now: () => at,
    async sleep(ms: number) {
      at += ms;
      if (at >= 30_000) stop.abort();
    },
  };
  const wake = {
    due: async () => (at === 20_000 ? [] : ['dev-1']),
    wake: async () => void woken.push(at),
  };
  await sweep(clock, wake, 100, stop.signal);
  expect(woken.slice(0, 5)).toEqual([0, 100, 300, 700, 1_500]);
  const before = woken.filter(one => one < 20_000);
  expect(Math.max(...before.map((one, index) => one - (before[index - 1] ?? 0)))).toBe(5_000);
  expect(woken.filter(one => one > 20_000).slice(0, 2)).toEqual([20_100, 20_200]);
});
