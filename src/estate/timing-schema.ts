import { z } from 'zod';
import { count, duration, mapping } from './values.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** How long a change may take to show its effect. */
const limit = () => duration(10 * second, day);

/** Times of the world: the simulator divides them by its speed. Each has a default that fits AWS and Fedora. */
export const worldTiming = mapping({
  /** How many times faster than the real world this one runs: for estimates that people are told. The simulator sets it. */
  speed: z.number('a number').positive('a number above 0').prefault(1),
  poll: duration(20, 5 * minute).prefault('5s'),
  reply: duration(second, 10 * minute).prefault('60s'),
  connect: duration(second, 10 * minute).prefault('20s'),
  backoff: duration(10, 10 * minute).prefault('10s'),
  doubt: duration(20, 10 * minute).prefault('30s'),
  attempts: count(1, 50).prefault(6),
  limits: mapping({
    short: limit().prefault('2m'),
    launch: limit().prefault('15m'),
    volume: limit().prefault('10m'),
    snapshot: limit().prefault('2h'),
    power: limit().prefault('10m'),
    network: limit().prefault('5m'),
    command: limit().prefault('10m'),
    playbook: limit().prefault('90m'),
    build: limit().prefault('30m'),
    dump: limit().prefault('2h'),
    upgrade: limit().prefault('2h'),
    holders: limit().prefault('10m'),
    certificate: limit().prefault('30m'),
  }).prefault({}),
});

/** Times for people: never scaled. */
export const peopleTiming = mapping({
  remind: duration(100, day).prefault('15m'),
  page: duration(100, day).prefault('30m'),
  expire: duration(second, 30 * day).prefault('3d'),
  halt_remind: duration(100, day).prefault('5m'),
  halt_page: duration(100, day).prefault('10m'),
  edit_outage: duration(100, 10 * minute).prefault('10s'),
  edit_prepare: duration(100, hour).prefault('60s'),
  line_every: duration(second, day).prefault('15m'),
  repost_after: count(1, 1_000).prefault(20),
  stale_command: duration(second, day).prefault('10m'),
  fresh_facts: duration(second, day).prefault('15m'),
  roll_call: duration(second, day).prefault('15m'),
  postpone: duration(second, day).prefault('10m'),
  retire_remind: duration(second, 90 * day).prefault('3d'),
  retire_again: duration(second, 90 * day).prefault('7d'),
});

export const timing = mapping({ world: worldTiming.prefault({}), people: peopleTiming.prefault({}) });

export type Timing = z.output<typeof timing>;
