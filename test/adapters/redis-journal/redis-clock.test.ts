import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { StoreClock } from '#adapters/redis-journal/redis-clock.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('is never behind the store, never goes back, and is ahead by no more than the best round trip', () => {
  const trip = fc.record({ there: fc.integer({ max: 300, min: 0 }), back: fc.integer({ max: 300, min: 0 }) });
  fc.assert(
    fc.property(fc.array(trip, { minLength: 1, maxLength: 30 }), fc.integer({ min: 0, max: 1e12 }), (trips, offset) => {
      const clock = new StoreClock();
      const unasked = new StoreClock();
      let last = 0;
      let best = Number.POSITIVE_INFINITY;
      for (const { there, back } of trips) {
        const sentAt = performance.now();
        vi.advanceTimersByTime(there);
        const said = performance.now() + offset;
        vi.advanceTimersByTime(back);
        clock.heard(said, sentAt);
        unasked.heard(said, sentAt);
        best = Math.min(best, there);
        const store = performance.now() + offset;
        expect(clock.now()).toBeGreaterThanOrEqual(Math.max(store, last));
        last = clock.now();
      }
      // Half a second of slewing is allowed for each thousand; what an earlier answer said is never taken back.
      expect(unasked.now() - (performance.now() + offset)).toBeLessThanOrEqual(best + 10);
    }),
  );
});

it('follows a store whose clock was moved ahead, and waits for one that was moved back', () => {
  const clock = new StoreClock();
  clock.heard(1_000_000, performance.now());
  clock.heard(1_060_000, performance.now());
  expect(clock.now()).toBe(1_060_000);
  clock.heard(1_000_000, performance.now());
  expect(clock.now()).toBe(1_060_000);
  vi.advanceTimersByTime(60_001);
  expect(clock.now()).toBe(1_060_001);
});

it('sleeps longer than a timer can', async () => {
  const clock = new StoreClock();
  const woke = vi.fn();
  const slept = clock.sleep(40 * 86_400_000).then(woke);
  await vi.advanceTimersByTimeAsync(39 * 86_400_000);
  expect(woke).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(86_400_000);
  await slept;
  expect(woke).toHaveBeenCalled();
});

it("ends a sleep with the signal's reason", async () => {
  const clock = new StoreClock();
  const stop = new AbortController();
  const slept = clock.sleep(1_000, stop.signal);
  const reason = new Error('stopping');
  stop.abort(reason);
  await expect(slept).rejects.toBe(reason);
  await expect(clock.sleep(1_000, stop.signal)).rejects.toBe(reason);
  expect(vi.getTimerCount()).toBe(0);
});
