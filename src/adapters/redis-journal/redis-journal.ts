import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Entry, NewEntry } from '#core/entries.ts';
import { Unknown } from '#core/errors.ts';
import type { RecordHeads } from '#core/record-heads.ts';
import { type JournalKey, readEntries, sealEntries } from '#core/seal.ts';
import type { Appended, Head, Journal, JournalRecord, Lease, Leases, NamedLeases } from '#ports/journal.ts';
import type { Mirror } from '#ports/mirror.ts';
import { Appends } from './appends.ts';
import { checkStore } from './check-store.ts';
import { checkedProposal } from './checked-proposal.ts';
import { keys } from './keys.ts';
import { differs, Mirrored, shorter, unsealed } from './mirrored.ts';
import { OtherOutages } from './other-outages.ts';
import type { StoreClock } from './redis-clock.ts';
import { type Begins, Store } from './store.ts';

export interface RedisJournalOptions {
  /** A connection of its own or shared; `maxRetriesPerRequest: null` and an error listener are the caller's. Not closed here. */
  readonly redis: Redis;
  readonly clock: StoreClock;
  readonly mirror: Mirror;
  /** Under which entries are sealed; all processes on a store have the same. */
  readonly key: JournalKey;
  /** How far the journals have come, by what is kept elsewhere. */
  readonly marked?: () => RecordHeads;
  /** How long a lease lives without being renewed, ms. */
  readonly leaseMs?: number;
}

export interface RedisJournal extends Journal, Leases, NamedLeases, JournalRecord {
  /** Runs that are due and have no live lease. */
  due(): Promise<readonly string[]>;
  /** Ends the subscription of `onAppend`. */
  close(): void;
}

/**
 * The journal in Redis.
 *
 * Each append is one script and one sync of the mirror. Chain and seal are over the entry as the client made it, `at` included,
 * because Redis knows no SHA-256 and must never have the journal's key: the client stamps with its reading of store time, and the script takes the stamp only
 * if it isn't before the last entry and within 250 ms of store time (otherwise it answers with the earliest it takes,
 * and the client seals anew). An append carries a random id, by which it finds its own entries after a lost reply.
 */
export function redisJournal(options: RedisJournalOptions): RedisJournal {
  return new JournalInRedis(options);
}

const restamps = 10;

interface AppendOptions {
  readonly lease?: Lease;
  readonly dueAt?: number;
}

/** How often the other runs of an environment are judged again because one of them went on meanwhile. */
const rejudgings = 200;

class JournalInRedis implements RedisJournal {
  readonly #store: Store;
  readonly #mirror: Mirror;
  readonly #mirrored: Mirrored;
  readonly #marked: () => RecordHeads;
  readonly #clock: StoreClock;
  readonly #key: JournalKey;
  readonly #appends: Appends;
  readonly #otherOutages: OtherOutages;
  readonly #leaseMs: number;

  constructor({ redis, clock, mirror, key, marked = () => new Map(), leaseMs = 2_500 }: RedisJournalOptions) {
    this.#store = new Store(redis, clock, key);
    this.#key = key;
    this.#mirror = mirror;
    this.#mirrored = new Mirrored(this.#store, mirror, marked);
    this.#marked = marked;
    this.#clock = clock;
    this.#appends = new Appends(redis);
    this.#otherOutages = new OtherOutages({
      read: (run, after) => this.read(run, after),
      locks: () => this.locks(),
      everyRun: async () => [...(await this.runs()), ...(await mirror.runs())],
    });
    this.#leaseMs = leaseMs;
  }

  async runs(): Promise<readonly string[]> {
    return this.#store.redis.zrange(keys.runs, '0', '-1');
  }

  /**
   * What is read is on the mirror's disk: nobody acts on an entry that could still be lost.
   *
   * @throws Halt `store-shorter`, `store-differs`, and those of the mirror.
   */
  async read(run: string, after = 0): Promise<readonly Entry[]> {
    const { length, entries } = await this.#store.read(run, after + 1);
    await this.#mirrored.check(run, length, entries);
    const last = entries.at(-1);
    if (last !== undefined) await this.#mirrored.cover(run, last.entry.seq, entries);
    return entries.map(one => one.entry);
  }

  /**
   * The first entry must be `proposed` with the id, environment, targets and cause of the proposal: a restore has nothing
   * else to rebuild locks, numbers and causes from. `entries` is called again when another proposal took the number.
   */
  async propose(proposal: {
    readonly environment: string;
    readonly targets: readonly string[];
    readonly cause: string;
    readonly entries: (id: string) => readonly NewEntry[];
  }): Promise<
    { readonly run: string; readonly made: boolean } | { readonly lockedBy: string; readonly target: string }
  > {
    const { environment, targets, cause } = proposal;
    const append = randomUUID();
    let number = 0;
    let from: number | undefined;
    for (let turn = 0; turn < 100; turn += 1) {
      const run = `${environment}-${number}`;
      const entries = number === 0 ? [] : checkedProposal(proposal, run);
      const sealed = sealEntries(this.#key, run, { seq: 0, hash: '' }, entries, from ?? this.#clock.now());
      const reply = await this.#store.propose({ run, environment, number, targets, cause }, append, sealed);
      switch (reply.is) {
        case 'made':
          await this.#mirrored.cover(run, sealed.length, sealed);
          return { run, made: true };
        case 'exists':
          await this.read(reply.run);
          return { run: reply.run, made: reply.own };
        case 'locked':
          return { lockedBy: reply.run, target: reply.target };
        case 'number': {
          number = reply.next;
          const known = await this.#mirrored.highestNumber(environment);
          // Made by another since the script answered, or lost by the store: then this read is refused.
          if (known >= number) await this.read(`${environment}-${known}`);
          break;
        }
        case 'stamp':
          from = reply.from;
      }
    }
    throw new Unknown('store-busy', `nothing was proposed: numbers of ${environment} were taken faster than we asked`);
  }

  async append(run: string, head: Head, entries: readonly NewEntry[], options: AppendOptions = {}): Promise<Appended> {
    if (entries.length === 0 || head.seq < 1) throw new Error('an append adds entries to a run that was proposed');
    const begins = await this.#otherOutages.begins(run, entries);
    for (let turn = 0; turn < rejudgings; turn += 1) {
      const judged = begins ? await this.#otherOutages.judge(run) : undefined;
      if (judged !== undefined && 'other' in judged) return { ok: false, why: 'other-outage', other: judged.other };
      const appended = await this.#append(run, head, entries, options, judged);
      if (appended !== 'others') return appended;
    }
    throw new Unknown('store-busy', `nothing was appended to ${run}: other runs went on faster than we judged them`);
  }

  /** @returns `others` when the runs that were judged aren't all, or went on: nothing was added. */
  async #append(
    run: string,
    head: Head,
    entries: readonly NewEntry[],
    options: AppendOptions,
    begins: Begins | undefined,
  ): Promise<Appended | 'others'> {
    await this.#mirrored.checkMark(run, head.seq);
    const append = randomUUID();
    let from: number | undefined;
    for (let turn = 0; turn < restamps; turn += 1) {
      const known = await this.#mirrored.head(run);
      const sealed = sealEntries(this.#key, run, head, entries, from ?? Math.max(this.#clock.now(), known.at));
      const reply = await this.#store.append(run, append, head, known, sealed, options, begins);
      switch (reply.is) {
        case 'ok':
          await this.#mirrored.cover(run, head.seq + sealed.length, sealed);
          if ((await this.#mirrored.head(run)).seq < head.seq + sealed.length) throw unsealed(run, head.seq);
          return { ok: true, entries: sealed.map(one => one.entry) };
        case 'conflict':
        case 'lease-lost':
          return { ok: false, why: reply.is };
        case 'others':
          return reply.is;
        case 'shorter':
          throw shorter(run, reply.length, Math.max(head.seq, known.seq));
        case 'differs':
          throw differs(run, reply.seq);
        case 'stamp':
          from = reply.from;
      }
    }
    throw new Unknown('store-slow', `nothing was appended to ${run}: the store's clock and ours went apart each time`);
  }

  onAppend(listener: (run: string) => void): () => void {
    return this.#appends.listen(listener);
  }

  unlock(run: string): Promise<void> {
    return this.#store.unlock(run);
  }

  locks(): Promise<Readonly<Record<string, string>>> {
    return this.#store.redis.hgetall(keys.locks);
  }

  async otherOutage(run: string): Promise<string | undefined> {
    const judged = await this.#otherOutages.judge(run);
    return 'other' in judged ? judged.other : undefined;
  }

  /** Also takes leases by other names: one that has no journal has nothing to be mirrored. */
  async take(run: string): Promise<Lease | undefined> {
    const holder = randomUUID();
    const taken = await this.#store.take(run, holder, this.#leaseMs);
    if (taken === undefined) return undefined;
    const lease: Lease = { run, holder, number: taken.number };
    try {
      if (isRun(run)) {
        await this.#mirrored.check(run, taken.length, []);
        if (taken.length > 0) await this.#mirrored.cover(run, taken.length, []);
      }
    } catch (error) {
      await this.#store.release(lease);
      throw error;
    }
    return lease;
  }

  renew(lease: Lease): Promise<number | undefined> {
    return this.#store.renew(lease, this.#leaseMs);
  }

  /** A lease that was lost is let go already: that is true too, and whoever appended last made the run due. */
  async park(lease: Lease, seq: number, wakeAt: number | undefined): Promise<boolean> {
    return (await this.#store.park(lease, seq, wakeAt)) !== 'went-on';
  }

  release(lease: Lease): Promise<void> {
    return this.#store.release(lease);
  }

  due(): Promise<readonly string[]> {
    return this.#store.due();
  }

  checkStore() {
    return checkStore(this.#store, this.#mirror, this.#marked());
  }

  async strangers(): Promise<readonly string[]> {
    const known = new Set(await this.#mirror.runs());
    const strange: string[] = [];
    for (const run of await this.runs()) {
      if (known.has(run)) continue;
      // One of another machine is mirrored here by being read.
      const [first] = isRun(run) ? (await this.#store.read(run, 1)).entries : [];
      if (first === undefined || first.entry.type === 'unsealed') strange.push(run);
    }
    return strange;
  }

  async mirrored(): Promise<readonly (readonly Entry[])[]> {
    const all: Entry[][] = [];
    for (const run of await this.#mirror.runs()) {
      const entries = readEntries(this.#key, run, 1, await this.#mirror.read(run)).map(one => one.entry);
      const unsealed = entries.findIndex(entry => entry.type === 'unsealed');
      const whole = unsealed < 0 ? entries : entries.slice(0, unsealed);
      if (whole.length > 0) all.push(whole);
    }
    return all;
  }

  close(): void {
    this.#appends.close();
  }
}

function isRun(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name);
}
