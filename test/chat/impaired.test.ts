import { beforeEach, expect, it } from 'vitest';
import { Impaired, type Impairment } from '#chat/impaired.ts';
import { Refused, Unknown } from '#core/errors.ts';
import type { Run } from '#core/run.ts';
import type { OutgoingMessage } from '#ports/chat.ts';
import type { Clock } from '#ports/clock.ts';
import { chatEstate, environment } from '../builders/chat-estate.ts';
import { begun, proposed } from '../builders/toy-history.ts';
import { keptInMemory } from '../fakes/kept-in-memory.ts';

const store: Impairment = { key: 'store', sentence: 'The store takes no writes.' };
const estate = chatEstate({
  environments: {
    dev: environment('dev', { work: '!dev:sim', page: ['dan'] }),
    prod: environment('prod', { work: '!prod:sim', page: ['carol'] }),
    late: environment('late', { work: '#late:sim', page: ['bob'] }),
  },
});

let said: { room: string; text: string; mentions: readonly string[] }[];
/** Ids of the messages that the server has: it takes each once. */
let ids: Set<string>;
let trouble: Record<string, Error>;
let open: Run[] | Error;
let notes: Map<string, string>;

beforeEach(() => {
  [said, ids, trouble, open, notes] = [[], new Set(), {}, [], new Map()];
});

/** Ferry's process: another one knows what is kept. */
function process(): Impaired {
  return new Impaired({
    chat: {
      async post(room: string, { text, mentions = [] }: OutgoingMessage, id: string) {
        const error = trouble[room];
        if (error !== undefined) throw error;
        if (!ids.has(id)) said.push({ room, text, mentions });
        ids.add(id);
        return `$${ids.size}`;
      },
    },
    estate: () => estate,
    open: async () => {
      if (open instanceof Error) throw open;
      return open;
    },
    kept: keptInMemory(notes),
    clock: { now: () => 1_000 } as Clock,
    log: { info() {}, warn() {}, error() {} } as never,
  });
}

/** What was said since this was asked last. */
const heard = () => said.splice(0).map(({ room, text }) => `${room} ${text}`);
const outage = (of: string): Run => ({ ...begun().run, environment: of });
const away = new Unknown('chat-away', 'away');
const forbidden = new Refused('chat-forbidden', 'no');

it('what is amiss is said once in each work room that is known, and its end where it was said', async () => {
  const ferry = process();
  await ferry.is(store);
  expect(heard()).toEqual([`!dev:sim ${store.sentence}`, `!prod:sim ${store.sentence}`]);
  await ferry.is(store);
  await ferry.tick();
  await process().is(store);
  expect(heard(), 'a restart says nothing twice').toEqual([]);
  await ferry.over('store', 'The store is back.');
  expect(heard()).toEqual(['!dev:sim The store is back.', '!prod:sim The store is back.']);
  await ferry.over('store', 'The store is back.');
  await ferry.tick();
  expect(heard()).toEqual([]);
  expect(notes.size).toBe(0);
});

it('another sentence about the same trouble is said, too', async () => {
  const ferry = process();
  await ferry.is(store);
  heard();
  await ferry.is({ ...store, sentence: 'Nothing of the store answers.' });
  expect(heard()).toHaveLength(2);
});

it('a room that can’t be reached hears it later, one that refuses never, and each only its end that heard it', async () => {
  trouble = { '!dev:sim': away, '!prod:sim': forbidden };
  const ferry = process();
  await ferry.is(store);
  trouble = {};
  await ferry.tick();
  expect(heard()).toEqual([`!dev:sim ${store.sentence}`]);
  await ferry.over('store', 'It is back.');
  expect(heard()).toEqual(['!dev:sim It is back.']);
});

it('nobody hears of an end without words, and no room of an end that can’t be said now', async () => {
  const ferry = process();
  await ferry.is(store);
  heard();
  await ferry.over('store', undefined);
  expect(heard()).toEqual([]);
  ids.clear();
  await ferry.is(store);
  heard();
  trouble = { '!dev:sim': away };
  await ferry.over('store', 'It is back.');
  trouble = {};
  await ferry.tick();
  expect(heard()).toEqual(['!prod:sim It is back.']);
});

it('on-call of each outage that it concerns is called once, also of one that begins meanwhile', async () => {
  const ferry = process();
  open = [{ ...proposed().run, environment: 'dev' }];
  await ferry.is(store);
  expect(said.every(one => one.mentions.length === 0)).toBe(true);
  heard();
  open = [outage('prod')];
  await ferry.tick();
  expect(said.map(one => one.mentions)).toEqual([['@carol:sim'], ['@carol:sim']]);
  expect(heard()[0]).toBe(`!dev:sim @carol ${store.sentence}`);
  await ferry.tick();
  expect(heard()).toEqual([]);
});

it('it concerns the environments that it names, or those that speak in its room, and otherwise all', async () => {
  open = [outage('dev'), outage('prod')];
  const called = async (more: Partial<Impairment>) => {
    [notes, ids] = [new Map(), new Set()];
    await process().is({ ...store, ...more });
    return [...new Set(said.splice(0).flatMap(one => one.mentions))].sort();
  };
  expect(await called({})).toEqual(['@carol:sim', '@dan:sim']);
  expect(await called({ environments: ['prod'] })).toEqual(['@carol:sim']);
  expect(await called({ room: { id: '!dev:sim', name: '#dev:sim' } })).toEqual(['@dan:sim']);
  expect(await called({ room: { id: undefined, name: '!dev:sim' } })).toEqual(['@dan:sim']);
  expect(await called({ room: { id: '!else:sim', name: '#else:sim' } })).toEqual([]);
  open = [];
  expect(await called({ calls: true })).toEqual(['@bob:sim', '@carol:sim', '@dan:sim']);
});

it('news is kept until each room heard it, also over a restart, and has no end to be said', async () => {
  trouble = { '!dev:sim': away, '!prod:sim': away };
  const news: Impairment = { ...store, news: true };
  await process().is(news);
  trouble = { '!prod:sim': away };
  const ferry = process();
  await ferry.tick();
  expect(heard()).toEqual([`!dev:sim ${store.sentence}`]);
  trouble = {};
  await ferry.tick();
  expect(heard()).toEqual([`!prod:sim ${store.sentence}`]);
  expect(notes.size).toBe(0);
  await process().tick();
  await ferry.over('store', 'It is over.');
  expect(heard()).toEqual([]);
});

it('news that no room ever takes stays to be said', async () => {
  trouble = { '!dev:sim': forbidden, '!prod:sim': forbidden };
  await process().is({ ...store, news: true });
  expect(notes.size).toBe(1);
});

it('runs that can’t be listed call nobody, and keep nothing from being said', async () => {
  const ferry = process();
  open = new Error('no store');
  await ferry.is(store);
  expect(heard()).toHaveLength(2);
});

it('two that say the same to a room at once say it in one message', async () => {
  await Promise.all([process().is(store), process().is(store)]);
  expect(heard()).toHaveLength(2);
});
