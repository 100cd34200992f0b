/**
 * What is sent to a chat network goes in lanes, the first ones first:
 *
 * - `first`: what became of decisions, halts, requests, "outage begins", whatever somebody must act on
 * - `answers`: to people who may give commands
 * - `tell`: what users read, topics
 * - `live`: the live message; only its newest state waits
 * - `notices`: lines of a run's thread, cards for programs
 * - `files`
 * - `strangers`: answers to everybody else
 */
export const lanes = ['first', 'answers', 'tell', 'live', 'notices', 'files', 'strangers'] as const;

export type Lane = (typeof lanes)[number];

/** One thing to send, as far as its turn depends on it. */
export interface Queued {
  readonly lane: Lane;
  readonly room: string;
}

/**
 * What is sent next, or nothing as long as what is on its way isn't through. Pure. One lane's messages to one room follow
 * each other, so that they are read in their order; a lane that is stuck holds up only itself; and one place is always left
 * for what goes first.
 *
 * @param waiting oldest first.
 * @param places how many may be on their way at once, 1 at least.
 */
export function nextToSend<T extends Queued>(
  waiting: readonly T[],
  underWay: readonly Queued[],
  places: number,
): T | undefined {
  const free = (lane: Lane) => underWay.length < (lane === 'first' ? places : Math.max(1, places - 1));
  for (const lane of lanes) {
    if (!free(lane)) continue;
    const found = waiting.find(
      one => one.lane === lane && !underWay.some(other => other.lane === lane && other.room === one.room),
    );
    if (found !== undefined) return found;
  }
  return undefined;
}
