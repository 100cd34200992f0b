import type { Redis } from 'ioredis';
import { FerryError, Unknown } from '#core/errors.ts';
import { type JournalKey, type Placed, readEntries } from '#core/seal.ts';
import type { Head, Lease } from '#ports/journal.ts';
import { keys } from './keys.ts';
import { append } from './lua/append.ts';
import { park, release, renew, take } from './lua/leases.ts';
import { propose } from './lua/propose.ts';
import { pulse } from './lua/pulse.ts';
import { read } from './lua/read.ts';
import { forget, restore } from './lua/restore.ts';
import { due, unlock } from './lua/runs.ts';
import type { StoreClock } from './redis-clock.ts';

export type AppendReply =
  | { readonly is: 'ok' | 'conflict' | 'lease-lost' | 'others' }
  | { readonly is: 'shorter'; readonly length: number }
  | { readonly is: 'differs'; readonly seq: number }
  | { readonly is: 'stamp'; readonly from: number };

/** An outage begins: the other runs of the environment, none of them in its outage, each up to where it was judged. */
export interface Begins {
  readonly environment: string;
  readonly judged: readonly { readonly run: string; readonly seq: number }[];
}

export type ProposeReply =
  | { readonly is: 'made' }
  | { readonly is: 'exists'; readonly run: string; readonly own: boolean }
  | { readonly is: 'locked'; readonly run: string; readonly target: string }
  | { readonly is: 'number'; readonly next: number }
  | { readonly is: 'stamp'; readonly from: number };

export type RestoreReply =
  | { readonly is: 'restored' | 'changed' }
  | { readonly is: 'locked'; readonly run: string; readonly target: string };

const scripts = {
  ferryAppend: [append, 5],
  ferryPropose: [propose, 7],
  ferryRead: [read, 2],
  ferryTake: [take, 4],
  ferryRenew: [renew, 2],
  ferryPark: [park, 4],
  ferryRelease: [release, 2],
  ferryDue: [due, 2],
  ferryUnlock: [unlock, 2],
  ferryRestore: [restore, 8],
  ferryForget: [forget, 6],
  ferryPulse: [pulse, 2],
} as const;

type Reply = readonly [time: string, ...rest: unknown[]];

/** The scripts as typed calls. Each is one round trip, and each reply sets the clock right. */
export class Store {
  readonly redis: Redis;
  readonly #clock: StoreClock;
  readonly #key: JournalKey;

  constructor(redis: Redis, clock: StoreClock, key: JournalKey) {
    this.#key = key;
    this.redis = redis;
    this.#clock = clock;
    for (const [name, [lua, numberOfKeys]] of Object.entries(scripts)) redis.defineCommand(name, { lua, numberOfKeys });
  }

  async append(
    run: string,
    id: string,
    head: Head,
    known: Head,
    sealed: readonly Placed[],
    options: { readonly lease?: Lease; readonly dueAt?: number },
    begins: Begins | undefined,
  ): Promise<AppendReply> {
    const { lease, dueAt } = options;
    const judged = begins?.judged ?? [];
    const [, is, detail] = await this.#call('ferryAppend', [
      ...[keys.run(run), keys.due, keys.lease(run), this.#clock.offsetKey, keys.locks],
      ...[run, id, head.seq, head.hash, known.seq, known.hash, sealed[0]?.entry.at ?? 0],
      ...[lease?.holder ?? '', lease?.number ?? 0, dueAt === undefined ? '' : Math.ceil(dueAt), keys.appended],
      ...[keys.run(''), begins?.environment ?? '', judged.length],
      ...judged.flatMap(other => [other.run, other.seq]),
      ...sealed.flatMap(one => [one.text, one.hash]),
    ]);
    switch (is) {
      case 'shorter':
        return { is, length: Number(detail) };
      case 'differs':
        return { is, seq: Number(detail) };
      case 'stamp':
        return { is, from: Number(detail) };
      default:
        return { is: is as 'ok' | 'conflict' | 'lease-lost' | 'others' };
    }
  }

  /** With number 0 and no entries it only says how things stand. */
  async propose(
    proposal: {
      readonly run: string;
      readonly environment: string;
      readonly number: number;
      readonly targets: readonly string[];
      readonly cause: string;
    },
    id: string,
    sealed: readonly Placed[],
  ): Promise<ProposeReply> {
    const { run, environment, number, targets, cause } = proposal;
    const [, is, first, second] = await this.#call('ferryPropose', [
      ...[keys.run(run), keys.due, keys.causes, keys.numbers, keys.locks, keys.runs, this.#clock.offsetKey],
      ...[run, id, cause, environment, number, sealed[0]?.entry.at ?? 0, keys.appended, keys.run('')],
      ...[targets.length, ...targets],
      ...sealed.flatMap(one => [one.text, one.hash]),
    ]);
    switch (is) {
      case 'exists':
        return { is, run: String(first), own: Number(second) === 1 };
      case 'locked':
        return { is, run: String(first), target: String(second) };
      case 'number':
        return { is, next: Number(first) };
      case 'stamp':
        return { is, from: Number(first) };
      default:
        return { is: 'made' };
    }
  }

  /**
   * @returns the stream's length, and entries with seq from `from` to `to` (default: all), judged by their seals. The hash is
   * of what was read: what the store says of it counts for nothing.
   */
  async read(run: string, from: number, to?: number): Promise<{ length: number; entries: readonly Placed[] }> {
    const [, length, ...texts] = await this.#call('ferryRead', [keys.run(run), this.#clock.offsetKey, from, to ?? '+']);
    const entries = readEntries(this.#key, run, from, texts.map(String));
    // What bears no seal may have been sealed later, all at once.
    const bare = to !== undefined && Number(length) > to && entries.some(isBare);
    if (!bare) return { length: Number(length), entries };
    const whole = await this.read(run, from);
    return { length: whole.length, entries: whole.entries.filter(one => one.entry.seq <= to) };
  }

  /** @returns of each run, in order: how long its stream is, whether it is among the runs, and the hash said of the entry with that seq. */
  async pulse(
    runs: readonly { readonly run: string; readonly seq: number }[],
  ): Promise<readonly { readonly length: number; readonly listed: boolean; readonly hash: string }[]> {
    const asked = runs.flatMap(({ run, seq }) => [run, seq]);
    const [, ...said] = await this.#call('ferryPulse', [this.#clock.offsetKey, keys.runs, keys.run(''), ...asked]);
    return runs.map((_, index) => ({
      length: Number(said[3 * index]),
      listed: Number(said[3 * index + 1]) === 1,
      hash: String(said[3 * index + 2]),
    }));
  }

  async take(name: string, holder: string, ttl: number): Promise<{ number: number; length: number } | undefined> {
    const of = [keys.lease(name), keys.leaseNumber, this.#clock.offsetKey, keys.run(name)];
    const [, is, number, length] = await this.#call('ferryTake', [...of, holder, ttl]);
    return is === 'taken' ? { number: Number(number), length: Number(length) } : undefined;
  }

  async renew(lease: Lease, ttl: number): Promise<number | undefined> {
    const of = [keys.lease(lease.run), this.#clock.offsetKey];
    const [, is, until] = await this.#call('ferryRenew', [...of, lease.holder, lease.number, ttl]);
    return is === 'held' ? Number(until) : undefined;
  }

  async park(lease: Lease, seq: number, wakeAt: number | undefined): Promise<'parked' | 'went-on' | 'lost'> {
    const [, is] = await this.#call('ferryPark', [
      ...[keys.lease(lease.run), keys.run(lease.run), keys.due, this.#clock.offsetKey],
      ...[lease.holder, lease.number, seq, wakeAt === undefined ? '' : Math.ceil(wakeAt), lease.run],
    ]);
    return is as 'parked' | 'went-on' | 'lost';
  }

  async release(lease: Lease): Promise<void> {
    await this.#call('ferryRelease', [keys.lease(lease.run), this.#clock.offsetKey, lease.holder, lease.number]);
  }

  async due(): Promise<readonly string[]> {
    const [, ...runs] = await this.#call('ferryDue', [keys.due, this.#clock.offsetKey, keys.lease('')]);
    return runs.map(String);
  }

  async unlock(run: string): Promise<void> {
    await this.#call('ferryUnlock', [keys.locks, this.#clock.offsetKey, run]);
  }

  async restore(
    run: {
      readonly id: string;
      readonly now: Head;
      readonly cause: string;
      readonly environment: string;
      readonly number: number;
      readonly lease: number;
      readonly firstAt: number;
      readonly live: boolean;
      readonly targets: readonly string[];
      /** What the store holds is thrown away first: only its length must be as it was read. */
      readonly anew: boolean;
    },
    missing: readonly Placed[],
  ): Promise<RestoreReply> {
    const [, is, first, second] = await this.#call('ferryRestore', [
      ...[keys.run(run.id), keys.due, keys.causes, keys.numbers, keys.locks, keys.runs, keys.leaseNumber],
      ...[this.#clock.offsetKey, run.id, run.now.seq, run.now.hash, run.cause, run.environment, run.number, run.lease],
      ...[run.firstAt, run.live ? 1 : 0, run.anew ? 1 : 0, run.targets.length, ...run.targets],
      ...missing.flatMap(one => [one.text, one.hash, one.entry.at]),
    ]);
    if (is === 'locked') return { is, run: String(first), target: String(second) };
    return { is: is as 'restored' | 'changed' };
  }

  /** Takes a run out of the store, with all that hangs on it. */
  async forget(run: string): Promise<void> {
    await this.#call('ferryForget', [
      keys.run(run),
      keys.due,
      keys.runs,
      keys.locks,
      keys.causes,
      this.#clock.offsetKey,
      run,
    ]);
  }

  async #call(name: keyof typeof scripts, args: readonly (string | number)[]): Promise<Reply> {
    const command = (this.redis as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>)[name];
    const sentAt = performance.now();
    let reply: Reply;
    try {
      reply = (await command?.apply(this.redis, [...args])) as Reply;
    } catch (error) {
      if (error instanceof FerryError) throw error;
      const said = error instanceof Error ? error.message.split('\n', 1)[0] : 'error';
      throw new Unknown('store-failed', `the journal's store (Redis) did not do what it was asked: ${said}`, {
        cause: error,
      });
    }
    this.#clock.heard(Number(reply[0]) / 1000, sentAt);
    return reply;
  }
}

function isBare({ entry }: Placed): boolean {
  return entry.type === 'unsealed' && entry.bare;
}
