import type { Redis } from 'ioredis';
import { fileMirror } from '#adapters/mirror/file-mirror.ts';
import { keys } from '#adapters/redis-journal/keys.ts';
import { redisClock } from '#adapters/redis-journal/redis-clock.ts';
import { type RedisJournal, redisJournal } from '#adapters/redis-journal/redis-journal.ts';
import type { DecidePolicy } from '#core/decide.ts';
import type { NewEntry } from '#core/entries.ts';
import type { ChangeDefinition, Readers, Writers } from '#engine/define-change.ts';
import type { Engine, EstateFile } from '#engine/engine.ts';
import type { Procedure } from '#engine/plan-step.ts';
import type { WorldTiming } from '#engine/world-timing.ts';
import type { Wake } from '#ports/journal.ts';
import type { ShellSessions } from '#ports/shell.ts';
import { testKey } from '#test/builders/journal-key.ts';
import { people } from './history.ts';

const limit = 600;

export const toyTiming: WorldTiming = {
  poll: 4,
  reply: 25,
  backoff: 4,
  doubt: 12,
  attempts: 3,
  limits: {
    short: limit,
    launch: limit,
    volume: limit,
    snapshot: limit,
    power: limit,
    network: limit,
    command: limit,
    playbook: limit,
    build: limit,
    dump: limit,
    upgrade: limit,
    holders: limit,
    certificate: limit,
  },
};

/** How long a lease lives without being renewed, ms. */
export const leaseMs = 1_500;

export interface ToyEngineOptions {
  /** Closed with the engine. */
  readonly redis: Redis;
  /** Folder of the journal's mirror. */
  readonly mirror: string;
  readonly procedure: Procedure;
  /** What changes act on. Toy kinds act on the toy world instead, and need none. */
  readonly ports?: { readonly readers: Readers; readonly writers: Writers };
  readonly sessions?: ShellSessions;
  /** How long a lease lives without being renewed, ms. */
  readonly leaseMs?: number;
  readonly policy?: () => DecidePolicy;
  readonly estate?: EstateFile;
  readonly timing?: WorldTiming;
  readonly renewEvery?: number;
  readonly sendWithin?: number;
  readonly wake?: Wake;
  /** Around each append; `write` does it. */
  readonly aroundAppend: (entries: readonly NewEntry[], write: () => Promise<void>) => Promise<void>;
  /** Around each request that a change makes. */
  readonly aroundMake: (kind: string, send: () => Promise<void>) => Promise<void>;
  readonly error: (text: string) => void;
  readonly say: (text: string) => void;
}

/** A journal on a connection, as a process of its own would have it. */
export async function toyJournal(redis: Redis, mirror: string, leaseLives = leaseMs) {
  const clock = await redisClock(redis, keys.timeOffset);
  const journal = redisJournal({ redis, clock, mirror: fileMirror(mirror), key: testKey, leaseMs: leaseLives });
  const close = () => {
    journal.close();
    redis.disconnect();
  };
  return { clock, journal, close };
}

/** A real engine on a toy procedure, in whose every append and request a test may meddle. */
export async function toyEngine(options: ToyEngineOptions): Promise<{ engine: Engine; close: () => void }> {
  const { clock, journal, close } = await toyJournal(options.redis, options.mirror, options.leaseMs);
  const engine: Engine = {
    journal: meddled(journal, options.aroundAppend),
    leases: journal,
    wake: options.wake ?? { wake: async () => {}, work: async () => {}, due: () => journal.due() },
    clock,
    readers: options.ports?.readers ?? ({} as Readers),
    writers: options.ports?.writers ?? ({} as Writers),
    sessions: options.sessions ?? { close: async () => {} },
    procedure: { ...options.procedure, kinds: meddledKinds(options) },
    progress: {
      set: (_run, _step, text) => {
        if (text !== undefined) options.say(text);
      },
      read: async () => ({}),
    },
    log: {
      debug() {},
      info() {},
      warn() {},
      error: (fields, text) => options.error(`${text}: ${JSON.stringify(fields)}`),
    },
    policy: options.policy ?? (() => people),
    ...(options.estate === undefined ? {} : { estate: options.estate }),
    timing: options.timing ?? toyTiming,
    renewEvery: options.renewEvery ?? 300,
    sendWithin: options.sendWithin ?? 500,
  };
  return { engine, close };
}

function meddled(journal: RedisJournal, around: ToyEngineOptions['aroundAppend']): RedisJournal {
  const append: RedisJournal['append'] = async (...args) => {
    let answer: Awaited<ReturnType<RedisJournal['append']>> | undefined;
    await around(args[2], async () => {
      answer = await journal.append(...args);
    });
    if (answer === undefined) throw new Error('nothing was written');
    return answer;
  };
  return new Proxy(journal, {
    get(target, name) {
      if (name === 'append') return append;
      const value = Reflect.get(target, name) as unknown;
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function meddledKinds({ procedure, aroundMake }: ToyEngineOptions): Record<string, ChangeDefinition> {
  const kinds = Object.entries(procedure.kinds).map(([name, kind]): [string, ChangeDefinition] => {
    const make: ChangeDefinition['make'] = async (...args) => {
      let answer: Awaited<ReturnType<ChangeDefinition['make']>>;
      await aroundMake(name, async () => {
        answer = await kind.make(...args);
      });
      return answer;
    };
    return [name, { ...kind, make }];
  });
  return Object.fromEntries(kinds);
}
