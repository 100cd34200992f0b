import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Entry, NewEntry } from '#core/entries.ts';
import { Halt } from '#core/errors.ts';
import { fold } from '#core/fold.ts';
import { hashOf } from '#core/hash.ts';
import { isAlive } from '#core/run.ts';
import { isCarriedOut, openSkips } from '#core/skips.ts';
import type { Mirror } from '#ports/mirror.ts';
import { type Comparison, compareStore } from './compare-store.ts';
import { differs, numberOf } from './mirrored.ts';
import type { StoreClock } from './redis-clock.ts';
import { type Sealed, seal } from './seal.ts';
import { Store } from './store.ts';

export interface Restored {
  readonly run: string;
  /** Entries that the store lacked. */
  readonly added: number;
  /** Requests whose approval has to be asked for again. */
  readonly voided: readonly string[];
}

/** Lease numbers after a restore are this much above the highest seen: leases that nothing was journaled under count too. */
const margin = 1_000;

/**
 * Rebuilds the store from the mirror: entries, order of runs, causes, numbers, locks of runs that haven't ended. Lease
 * numbers only rise. In runs that were rebuilt, requests that are open or approved are void, unless their outage has
 * begun (then only those to leave something out): what happened in chat meanwhile is not inferred. Nothing is written unless every run of the store is the
 * beginning of its mirror, and cutting it off anywhere and doing it again comes to the same.
 *
 * @returns the runs in the order in which they were made.
 * @throws Halt `store-differs` and those of the mirror: nothing was written. `store-in-use`: something moved meanwhile.
 */
export async function restoreStore(at: {
  readonly redis: Redis;
  readonly clock: StoreClock;
  readonly mirror: Mirror;
}): Promise<readonly Restored[]> {
  const compared: Comparison[] = [];
  for (const run of await at.mirror.runs()) {
    const one = await compareStore(at, run);
    if (one.differsAt !== undefined) throw differs(run, one.differsAt);
    if (one.mirrored.length > 0) compared.push(one);
  }
  compared.sort((a, b) => (a.mirrored[0]?.at ?? 0) - (b.mirrored[0]?.at ?? 0));
  const highest = Math.max(0, ...compared.flatMap(one => one.mirrored.map(leaseOf)));
  const store = new Store(at.redis, at.clock);
  const restored: Restored[] = [];
  for (const one of compared) restored.push(await restoreRun(store, at, one, highest + margin));
  return restored;
}

async function restoreRun(
  store: Store,
  { clock, mirror }: { readonly clock: StoreClock; readonly mirror: Mirror },
  { run, mirrored, stored }: Comparison,
  lease: number,
): Promise<Restored> {
  const entries = [...mirrored];
  const missing = Math.max(0, mirrored.length - stored.length);
  const voided = missing > 0 ? voids(mirrored) : [];
  if (voided.length > 0) {
    const last = mirrored.at(-1);
    const head = { seq: mirrored.length, hash: hashOf(last) };
    const sealed = seal(head, voided, Math.max(clock.now(), last?.at ?? 0));
    // Into the mirror first: were we killed before the store has them, the next restore finds them there.
    await mirror.hold(
      run,
      sealed.map(one => one.entry),
    );
    entries.push(...sealed.map(one => one.entry));
  }
  const first = entries[0];
  if (first?.type !== 'proposed')
    throw new Halt('mirror-broken', `the mirror of ${run} doesn't begin with its proposal`);
  const reply = await store.restore(
    {
      id: run,
      now: { seq: stored.length, hash: stored.length === 0 ? '' : hashOf(stored.at(-1)) },
      cause: first.cause ?? `restored ${randomUUID()}`,
      environment: first.environment,
      number: numberOf(run, first.environment) ?? 0,
      lease,
      firstAt: first.at,
      live: ![...entries, ...stored].some(entry => entry.type === 'ended'),
      targets: first.targets.map(target => target.name),
    },
    entries.slice(stored.length).map(resealed),
  );
  if (reply.is === 'changed') throw inUse(run);
  if (reply.is === 'locked') {
    throw new Halt(
      'store-in-use',
      `${reply.target} of ${run} is locked by ${reply.run} in the store: ${run} was not restored`,
    );
  }
  return { run, added: Math.max(0, entries.length - stored.length), voided: voided.map(entry => entry.request) };
}

function voids(entries: readonly Entry[]): readonly (NewEntry & { readonly type: 'voided' })[] {
  const run = fold(entries);
  if (run.ended !== undefined) return [];
  // What is to be left out of an outage is asked again, as what hasn't begun is.
  const asked = run.outageBegun === undefined ? run.requests : openSkips(run);
  return asked
    .filter(request => isAlive(request) && !isCarriedOut(run, request))
    .map(({ request }) => ({ type: 'voided', request, why: 'restored', difference: [] }));
}

function leaseOf(entry: Entry): number {
  return entry.type === 'intended' ? entry.lease : 0;
}

function resealed(entry: Entry): Sealed {
  const [sealed] = seal({ seq: entry.seq - 1, hash: entry.prev }, [entry], entry.at);
  if (sealed === undefined) throw new Error('nothing sealed');
  return sealed;
}

function inUse(run: string): Halt {
  return new Halt(
    'store-in-use',
    `${run} went on in the store during the restore: stop every Ferry, then restore again`,
  );
}
