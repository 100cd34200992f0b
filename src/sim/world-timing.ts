import { parseDuration, writeDuration } from '#core/duration.ts';

/** Limits are never scaled below this: they are for what goes wrong, which takes as long as it takes. */
const leastLimit = 10_000;
/** The smallest that the estate's schema takes. */
const least: Readonly<Record<string, number>> = { poll: 20, reply: 1_000, connect: 1_000, backoff: 10 };

type Timing = Readonly<Record<string, string | number | Readonly<Record<string, string>>>>;

/** The example's `timing.world` divided by the speed ("max": by 100), as the estate writes durations. */
export function worldTimingAt(timing: Timing, speed: number | 'max'): Timing {
  const by = divisorOf(speed);
  const scaled = (text: string, atLeast: number) => scaledAt(text, speed, atLeast);
  const times = Object.fromEntries(
    Object.entries(timing).map(([key, value]) => {
      if (typeof value === 'number') return [key, value];
      if (typeof value === 'string') return [key, scaled(value, least[key] ?? 20)];
      return [key, Object.fromEntries(Object.entries(value).map(([name, limit]) => [name, scaled(limit, leastLimit)]))];
    }),
  );
  return { ...times, speed: by };
}

/** One duration, as the estate writes it, divided by the speed. @param atLeast ms. */
export function scaledAt(text: string, speed: number | 'max', atLeast = 0): string {
  return writeDuration(Math.max(atLeast, (parseDuration(text) ?? 0) / divisorOf(speed)));
}

function divisorOf(speed: number | 'max'): number {
  return speed === 'max' ? 100 : speed;
}
