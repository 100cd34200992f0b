import { expect, it } from 'vitest';
import { sayDuration } from '#chat/say-time.ts';

it('a duration is said in seconds under two minutes, and a little is never nothing', () => {
  const minute = 60_000;
  expect([0, 3, 1_499, 119_000].map(sayDuration)).toEqual(['0 s', '1 s', '1 s', '119 s']);
  expect([2, 179, 180, 50 * 60].map(minutes => sayDuration(minutes * minute))).toEqual([
    '2 min',
    '179 min',
    '3 h',
    '2 days',
  ]);
});
