import { expect, it, vi } from 'vitest';
import { sweep } from '#engine/sweep.ts';

it('goes on when the store is away, and says so', async () => {
  const stop = new AbortController();
  const woken: string[] = [];
  let turns = 0;
  const said = vi.fn();
  const clock = {
    now: () => 0,
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
