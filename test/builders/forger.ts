import type { Redis } from 'ioredis';
import { keys } from '#adapters/redis-journal/keys.ts';
import type { NewEntry } from '#core/entries.ts';
import { hashOfText } from '#core/hash.ts';
import { sealEntries } from '#core/seal.ts';
import { otherKey } from './journal-key.ts';

/** Somebody who may do anything in the store, and has all of Ferry but the journal's key. */
export class Forger {
  readonly #redis: Redis;

  constructor(redis: Redis) {
    this.#redis = redis;
  }

  /** Texts of a run's entries as they stand in the store. */
  async texts(run: string): Promise<string[]> {
    const entries = await this.#redis.xrange(keys.run(run), '-', '+');
    return entries.map(([, fields]) => fields[fields.indexOf('e') + 1] ?? '');
  }

  /** Appends entries that chain as Ferry's do, with a seal of another key, and makes the run due. */
  async appends(run: string, ...entries: NewEntry[]): Promise<void> {
    for (;;) {
      const texts = await this.texts(run);
      const head = { seq: texts.length, hash: texts.length === 0 ? '' : hashOfText(texts.at(-1) ?? '') };
      const made = sealEntries(otherKey, run, head, entries, Date.now());
      try {
        await this.puts(run, texts.length + 1, ...made.map(one => one.text));
        return;
      } catch (error) {
        // The run went on between reading and writing: somebody who forges in earnest tries again, too.
        if (!/equal or smaller than the target stream top item/.test(String(error))) throw error;
      }
    }
  }

  /** Puts texts at places of a run, as if they had been appended. */
  async puts(run: string, seq: number, ...texts: string[]): Promise<void> {
    for (const [index, text] of texts.entries()) {
      const fields = ['e', text, 'h', hashOfText(text), 't', String(Date.now()), 'a', 'forged'];
      await this.#redis.xadd(keys.run(run), `${seq + index}-0`, ...fields);
    }
    await this.#redis.zadd(keys.due, 0, run);
    await this.#redis.publish(keys.appended, run);
  }

  /** Writes a run's journal anew. */
  async rewrites(run: string, texts: readonly string[]): Promise<void> {
    await this.#redis.del(keys.run(run));
    await this.puts(run, 1, ...texts);
  }

  /** A run that nobody proposed: its stream, and its name wherever runs are named. */
  async invents(run: string, first: NewEntry, targets: readonly string[]): Promise<void> {
    await this.appends(run, first);
    await this.#redis.zadd(keys.runs, Date.now(), run);
    for (const target of targets) await this.#redis.hset(keys.locks, target, run);
  }
}
