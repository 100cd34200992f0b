import { expect, it } from 'vitest';
import { StoreWatch } from '#chat/store-watch.ts';
import { Halt } from '#core/errors.ts';
import type { OutgoingMessage } from '#ports/chat.ts';
import { chatEstate, environment } from '#test/builders/chat-estate.ts';
import { begun, proposed } from '#test/builders/toy-history.ts';

const log = { debug() {}, info() {}, warn() {}, error() {} };

function watched({ inOutage = false, holds = true, mirror = proposed() } = {}) {
  const said: { room: string; message: OutgoingMessage; txn: string }[] = [];
  const state = { now: 0, amiss: undefined as string | undefined, mirror: undefined as string | undefined, inOutage };
  const works = { toys: environment('toys', { work: '!dev:sim' }), prod: environment('prod', { work: '!prod:sim' }) };
  const watch = new StoreWatch({
    chat: {
      post: async (room, message, txn) => {
        said.push({ room, message, txn });
        return '$event';
      },
    },
    estate: () => chatEstate({ environments: works }),
    open: async () => {
      if (state.mirror !== undefined) throw new Halt('mirror-failed', state.mirror);
      return [state.inOutage ? begun().run : proposed().run];
    },
    mirrored: async () => [mirror.run],
    probe: async () => {
      if (state.amiss !== undefined) throw new Error(state.amiss);
    },
    speaksFor: () => (holds ? 7 : undefined),
    // Nothing here is slow.
    clock: { now: () => state.now, sleep: () => new Promise(() => {}) },
    log,
    timing: { every: 1, answers: 1, lasts: 10_000 },
  });
  const looks = async (seconds: number) => {
    for (let second = 0; second < seconds; second += 1) {
      state.now += 1_000;
      await watch.look();
    }
  };
  return { state, said, looks };
}

it.each([
  ["READONLY You can't write against a read only replica.", /read-only \(a replica: READONLY\)/],
  ["OOM command not allowed when used memory > 'maxmemory'.", /full \(OOM: maxmemory\)/],
  ['MISCONF Errors writing to the AOF file: No space left on device', /can't write to its disk \(MISCONF\)/],
  ['ENOSPC: no space left on device, write', /disk of my state folder is full/],
  ['no answer', /My store doesn't answer/],
])('%s: each work room hears of it once, and once that it is over', async (amiss, words) => {
  const { state, said, looks } = watched();
  await looks(3);
  state.amiss = amiss;
  await looks(60);
  expect(said.map(one => one.room)).toEqual(['!dev:sim', '!prod:sim']);
  expect(said[0]?.message).toMatchObject({ text: expect.stringMatching(words), notify: false, mentions: [] });
  state.amiss = undefined;
  await looks(10);
  expect(said.slice(2).map(one => one.message.text)).toEqual(Array(2).fill('My store takes writes again: runs go on.'));
});

it('says so where the probe fits on the disk and the mirror of a run does not', async () => {
  const { state, said, looks } = watched();
  state.mirror = "the journal of dev-1 can't be written to its mirror (ENOSPC): /state/journal/dev-1.jsonl.";
  await looks(20);
  expect(said.map(one => one.message.text)).toEqual([
    expect.stringMatching(/^The disk of my state folder is full/),
    expect.stringMatching(/^The disk of my state folder is full/),
  ]);
  state.mirror = undefined;
  await looks(2);
  expect(said).toHaveLength(4);
});

it('calls on-call while an outage is on', async () => {
  const { state, said, looks } = watched({ inOutage: true });
  await looks(1);
  state.amiss = 'READONLY';
  await looks(20);
  expect(said[0]?.message).toMatchObject({
    notify: true,
    mentions: ['@dan:sim'],
    text: expect.stringMatching(/^@dan /),
  });
});

it('calls on-call for an outage that began after the store was asked last: the mirror knows', async () => {
  const { state, said, looks } = watched({ mirror: begun() });
  await looks(1);
  state.amiss = 'READONLY';
  await looks(20);
  expect(said[0]?.message).toMatchObject({ notify: true, mentions: ['@dan:sim'] });
});

it('calls nobody for an outage of a run that the mirror knows to have ended', async () => {
  const { state, said, looks } = watched({ mirror: begun().add({ type: 'ended', outcome: 'cancelled' }) });
  state.amiss = 'READONLY';
  await looks(20);
  expect(said[0]?.message).toMatchObject({ notify: false, mentions: [] });
});

it('says nothing of a store that is away for a moment, nor for an account that another process holds', async () => {
  const brief = watched();
  brief.state.amiss = 'no answer';
  await brief.looks(9);
  brief.state.amiss = undefined;
  await brief.looks(9);
  expect(brief.said).toEqual([]);
  const other = watched({ holds: false });
  other.state.amiss = 'OOM';
  await other.looks(60);
  expect(other.said).toEqual([]);
});
