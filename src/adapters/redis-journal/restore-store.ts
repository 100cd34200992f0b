import { randomUUID } from 'node:crypto';
import { openByHands } from '#core/by-hand.ts';
import type { Entry, NewEntry } from '#core/entries.ts';
import { Halt } from '#core/errors.ts';
import { fold } from '#core/fold.ts';
import { isAlive } from '#core/run.ts';
import { type Placed, sealEntries } from '#core/seal.ts';
import { isCarriedOut, openSkips } from '#core/skips.ts';
import { type Comparison, compareStore, type JournalPlace } from './compare-store.ts';
import { keys } from './keys.ts';
import { differs, numberOf } from './mirrored.ts';
import { Store } from './store.ts';

export interface Restored {
  readonly run: string;
  /** Entries that the store lacked. */
  readonly added: number;
  /** Entries in the store, without the journal's seal, that were thrown away. */
  readonly dropped: number;
  /** Requests whose approval has to be asked for again. */
  readonly voided: readonly string[];
}

/** Lease numbers after a restore are this much above the highest seen: leases that nothing was journaled under count too. */
const margin = 1_000;

/**
 * Rebuilds the store from the mirror: entries, order of runs, causes, numbers, locks of runs that haven't ended. Lease
 * numbers only rise. In runs that were rebuilt, requests that are open or approved are void, unless their outage has
 * begun (then only those to leave something out): what happened in chat meanwhile is not inferred. What stands in the store
 * without the journal's seal is thrown away. Nothing is written unless every mirror bears its seals and all that is sealed in
 * the store is the beginning of its mirror, and cutting it off anywhere and doing it again comes to the same.
 *
 * @returns the runs in the order in which they were made; last those of which nothing was Ferry's.
 * @throws Halt `store-differs`, `mirror-unsealed` and those of the mirror: nothing was written. `store-in-use`: something moved
 * meanwhile.
 */
export async function restoreStore(at: JournalPlace): Promise<readonly Restored[]> {
  const store = new Store(at.redis, at.clock, at.key);
  const compared: Found[] = [];
  const mirrored = await at.mirror.runs();
  for (const run of mirrored) {
    const one = found(await compareStore(at, run));
    if (one.mirrored.length > 0) compared.push(one);
  }
  const forged: Restored[] = [];
  for (const run of await strangers(at, mirrored)) {
    const { stored, sealed } = found(await compareStore(at, run));
    if (sealed.length === 0) forged.push({ run, added: 0, dropped: stored.length, voided: [] });
  }
  for (const { run } of forged) await store.forget(run);
  compared.sort((a, b) => (a.mirrored[0]?.entry.at ?? 0) - (b.mirrored[0]?.entry.at ?? 0));
  const highest = Math.max(0, ...compared.flatMap(one => one.mirrored.map(({ entry }) => leaseOf(entry))));
  const restored: Restored[] = [];
  for (const one of compared) restored.push(await restoreGoingRun(store, at, one, highest + margin));
  return [...restored, ...forged];
}

/** Runs that the store names and the mirror doesn't know: another machine's that nobody mirrored here yet, or nobody's. */
async function strangers({ redis }: JournalPlace, known: readonly string[]): Promise<string[]> {
  const named = [...(await redis.zrange(keys.runs, '0', '-1')), ...Object.values(await redis.hgetall(keys.locks))];
  return [...new Set(named)].filter(run => !known.includes(run) && /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(run));
}

interface Found extends Comparison {
  /** What of the store bears its seal, from the first entry on. */
  readonly sealed: readonly Placed[];
}

function found(comparison: Comparison): Found {
  const { run, mirrored, stored, differsAt } = comparison;
  const bad = mirrored.find(({ entry }) => entry.type === 'unsealed')?.entry.seq;
  if (bad !== undefined) {
    throw new Halt(
      'mirror-unsealed',
      `entry ${bad} in the mirror of ${run} doesn't bear the journal's seal: nothing was restored. Look with "ferry journal verify ${run}".`,
    );
  }
  const unsealed = stored.findIndex(({ entry }) => entry.type === 'unsealed');
  if (differsAt !== undefined && (unsealed < 0 || differsAt <= unsealed)) throw differs(run, differsAt);
  return { ...comparison, sealed: unsealed < 0 ? stored : stored.slice(0, unsealed) };
}

/** How often a run is compared anew that went on while it was restored: a bot may be alive, and what it lost a part only. */
const tries = 10;

/** @throws Halt `store-in-use` of a run that never stands still. */
async function restoreGoingRun(store: Store, at: JournalPlace, first: Found, lease: number): Promise<Restored> {
  for (let one = first, attempt = 1; ; attempt += 1) {
    try {
      return await restoreRun(store, at, one, lease);
    } catch (error) {
      if (!(error instanceof WentOn)) throw error;
      if (attempt >= tries) throw error.halt;
      one = found(await compareStore(at, one.run));
    }
  }
}

async function restoreRun(
  store: Store,
  { clock, mirror, key }: JournalPlace,
  { run, mirrored, stored, sealed }: Found,
  lease: number,
): Promise<Restored> {
  const missing = Math.max(0, mirrored.length - sealed.length);
  const dropped = stored.length - sealed.length;
  const all = [...(missing > 0 ? mirrored : sealed)];
  const voided = missing > 0 ? voids(mirrored.map(one => one.entry)) : [];
  if (voided.length > 0) {
    const last = mirrored.at(-1);
    const head = { seq: mirrored.length, hash: last?.hash ?? '' };
    const added = sealEntries(key, run, head, voided, Math.max(clock.now(), last?.entry.at ?? 0));
    // Into the mirror first: were we killed before the store has them, the next restore finds them there.
    await mirror.hold(
      run,
      added.map(one => one.entry),
    );
    all.push(...added);
  }
  const first = all[0]?.entry;
  if (first?.type !== 'proposed')
    throw new Halt('mirror-broken', `the mirror of ${run} doesn't begin with its proposal`);
  const reply = await store.restore(
    {
      id: run,
      now: { seq: stored.length, hash: stored.at(-1)?.hash ?? '' },
      cause: first.cause ?? `restored ${randomUUID()}`,
      environment: first.environment,
      number: numberOf(run, first.environment) ?? 0,
      lease,
      firstAt: first.at,
      live: !all.some(({ entry }) => entry.type === 'ended'),
      targets: first.targets.map(target => target.name),
      anew: dropped > 0,
    },
    dropped > 0 ? all : all.slice(stored.length),
  );
  if (reply.is === 'changed') throw new WentOn(run);
  if (reply.is === 'locked') {
    throw new Halt(
      'store-in-use',
      `${reply.target} of ${run} is locked by ${reply.run} in the store: ${run} was not restored`,
    );
  }
  const added = Math.max(0, all.length - sealed.length);
  return { run, added, dropped, voided: voided.map(entry => entry.request) };
}

function voids(entries: readonly Entry[]): readonly (NewEntry & { readonly type: 'voided' })[] {
  const run = fold(entries);
  if (run.ended !== undefined) return [];
  // What is to be left out of an outage is asked again, as what hasn't begun is.
  const asked = run.outageBegun === undefined ? run.requests : [...openSkips(run), ...openByHands(run)];
  return asked
    .filter(request => isAlive(request) && !isCarriedOut(run, request))
    .map(({ request }) => ({ type: 'voided', request, why: 'restored', difference: [] }));
}

function leaseOf(entry: Entry): number {
  return entry.type === 'intended' ? entry.lease : 0;
}

class WentOn extends Error {
  readonly halt: Halt;
  constructor(run: string) {
    const sentence = `${run} went on in the store during the restore: stop every Ferry, then restore again`;
    super(sentence);
    this.halt = new Halt('store-in-use', sentence);
  }
}
