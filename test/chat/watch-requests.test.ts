import { beforeEach, describe, expect, it } from 'vitest';
import { RequestWatch } from '#chat/watch-requests.ts';
import { Unknown } from '#core/errors.ts';
import type { Run } from '#core/run.ts';
import type { ChatReader, Reaction } from '#ports/chat.ts';
import { chatEstate, environment } from '#test/builders/chat-estate.ts';
import { History } from '#test/builders/history.ts';
import { outageAsked } from '#test/builders/toy-history.ts';
import { HistoryRuns } from '#test/fakes/history-runs.ts';
import { toyProcedure, toyProposal } from '#test/toy-procedure.ts';

const procedure = toyProcedure();

let history: History;
let reactions: Reaction[];
/** Accounts and events that the chat server doesn't answer about. */
let unread: Set<string>;
/** An account about which it never answers. */
let hanging: string | undefined;
let asked: string[];
let readings: number;
/** Resolves when the time is over that a command waits for its reading. */
let tooLate: Promise<void>;
let isTooLate: () => void;
/** Until then no reaction can be read. */
let held: Promise<void> | undefined;

beforeEach(() => {
  history = new History(
    toyProposal(procedure, { id: 'dev-1', environment: 'dev', targets: ['copr-be-dev'], room: '!work:sim' }),
  );
  history.add({ type: 'facts', target: 'copr-be-dev', facts: { things: {} }, remarks: [] });
  history.finish('copr-be-dev/check-readiness').finish('copr-be-dev/make-new', { id: 'm-1' }).plan(procedure);
  history.add(...history.decide().append);
  history.add({ type: 'posted', what: 'request/r1', room: '!work:sim', event: '$r1' });
  reactions = [];
  unread = new Set();
  asked = [];
  hanging = undefined;
  readings = 0;
  held = undefined;
  tooLate = new Promise(resolve => {
    isTooLate = resolve;
  });
});

function watch(): RequestWatch {
  const reader: Partial<ChatReader> = {
    self: '@ferry:sim',
    cameIn: async () => '$came',
    async reactions(_room, event) {
      readings += 1;
      await held;
      await new Promise(resolve => setImmediate(resolve));
      if (unread.has(event)) throw new Unknown('chat-server-error', 'The chat server failed with HTTP status 500.');
      return { gone: false, reactions: reactions.map(one => ({ ...one })) };
    },
    async member(_room, account) {
      asked.push(account);
      if (account === hanging) await new Promise(() => {});
      if (unread.has(account)) throw new Unknown('chat-server-error', 'The chat server failed with HTTP status 500.');
      return { account, membership: 'join', guest: false, deactivated: false };
    },
  };
  return new RequestWatch({
    runs: new HistoryRuns(history),
    reader: reader as ChatReader,
    estate: () => {
      const { environment: name } = history.run;
      return chatEstate({ environments: { [name]: environment(name) } });
    },
    // A lookup that hangs is over at once; what a command waits for is over when a test says so.
    clock: { now: () => history.now, sleep: ms => (ms > 1_000 ? tooLate : Promise.resolve()) },
    log: { debug() {}, info() {}, warn() {}, error() {} },
  });
}

const puts = (person: string, emoji: string) =>
  reactions.push({ event: `$${reactions.length}`, sender: `@${person}:sim`, emoji, at: 0 });
const request = () => history.run.requests[0]!;
/** Something that needs an approval that stands. */
const start = (run: Run) => {
  const [asked] = run.requests;
  if (asked?.status !== 'approved') return { refused: 'it waits for an approval' };
  return { entries: [{ type: 'noted' as const, person: 'alice', text: 'judged' }] };
};

describe('reading the answers to requests', () => {
  it('a command whose reading hangs is refused in time, and isn’t recorded when the reading comes; said again, it is', async () => {
    puts('bob', '✅');
    let goesOn = () => {};
    held = new Promise(resolve => {
      goesOn = resolve;
    });
    const one = watch();
    const notes = () => history.run.notes.length;
    const looks = one.look('dev-1');
    const said = one.recordFresh('dev-1', '$start', start);
    const queued = one.recordFresh('dev-1', '$again', start);
    isTooLate();
    await expect(said).rejects.toThrow('the chat server takes too long to say who answered');
    await expect(queued).rejects.toThrow('takes too long');
    goesOn();
    await looks;
    await one.look('dev-1');
    // What the reading brought is there, the start isn't; for those who gave up nothing more is read.
    expect(request().status).toBe('approved');
    expect(notes()).toBe(0);
    expect(readings).toBe(2);
    tooLate = new Promise(() => {});
    await expect(one.recordFresh('dev-1', '$once-more', start)).resolves.toBeUndefined();
    expect(notes()).toBe(1);
  });

  it('a reading that is under way when the time is over brings its answers, and not the command', async () => {
    puts('bob', '✅');
    let goesOn = () => {};
    held = new Promise(resolve => {
      goesOn = resolve;
    });
    const one = watch();
    const said = one.recordFresh('dev-1', '$start', start);
    isTooLate();
    await expect(said).rejects.toThrow('takes too long');
    goesOn();
    await one.look('dev-1');
    expect(request().status).toBe('approved');
    expect(history.run.notes).toEqual([]);
  });

  it('one approver who can’t be looked up keeps nobody else’s approval from counting, and is looked up again', async () => {
    unread.add('@carol:sim');
    puts('carol', '✅');
    puts('bob', '✅');
    const one = watch();
    await one.look('dev-1');
    expect(request().approvals.map(approval => approval.person)).toEqual(['bob']);
    await expect(one.recordFresh('dev-1', '$start', start)).resolves.toBeUndefined();
    unread.clear();
    history.later(60_000);
    await one.tick();
    expect(request().approvals.map(approval => approval.person)).toEqual(['bob', 'carol']);
  });

  it('one request that can’t be read keeps no other from being answered, and is read again', async () => {
    history = outageAsked();
    for (const id of ['r2', 'r3'])
      history.add({ type: 'posted', what: `request/${id}`, room: '!work:sim', event: `$${id}` });
    const status = (id: string) => history.run.requests.find(one => one.request === id)?.status;
    unread.add('$r2');
    puts('bob', '✅');
    const one = watch();
    await one.look(history.run.id);
    expect([status('r2'), status('r3')]).toEqual(['open', 'approved']);
    unread.clear();
    history.later(60_000);
    await one.tick();
    expect(status('r2')).toBe('approved');
  });

  it('one whose lookup hangs holds nobody up', async () => {
    hanging = '@carol:sim';
    puts('carol', '✅');
    puts('bob', '✅');
    await watch().look('dev-1');
    expect(request().approvals.map(approval => approval.person)).toEqual(['bob']);
  });

  it('a reject of somebody who can’t be looked up lets nothing through until they can', async () => {
    unread.add('@carol:sim');
    puts('carol', '❌');
    puts('bob', '✅');
    const one = watch();
    await one.look('dev-1');
    expect(request().approvals).toEqual([]);
    await expect(one.recordFresh('dev-1', '$start', start)).resolves.toMatch(
      /whether the answer of carol counts can't be read/,
    );
    unread.clear();
    history.later(60_000);
    await one.tick();
    expect(request().status).toBe('rejected');
  });

  it('a command doesn’t rely on an approval whose account can’t be looked up, and it isn’t taken for withdrawn', async () => {
    puts('bob', '✅');
    const one = watch();
    await one.look('dev-1');
    unread.add('@bob:sim');
    await one.look('dev-1');
    expect(request().status).toBe('approved');
    await expect(one.recordFresh('dev-1', '$start', start)).resolves.toMatch(
      /whether the answer of bob counts can't be read/,
    );
    puts('carol', '✅');
    await expect(one.recordFresh('dev-1', '$start', start)).resolves.toBeUndefined();
  });

  it('asks the server about nobody who couldn’t approve anyway', async () => {
    puts('mallory', '✅');
    puts('bob', '✅');
    await watch().look('dev-1');
    expect(asked).toEqual(['@bob:sim']);
  });

  it('1,200 reactions at once are read a few times, not 1,200 times', async () => {
    const one = watch();
    for (let count = 0; count < 1_200; count += 1) puts(`stranger${count}`, '✅');
    puts('bob', '✅');
    await Promise.all(Array.from({ length: 1_201 }, () => one.reacted('!work:sim', '$r1')));
    expect(readings).toBeLessThanOrEqual(3);
    expect(request().approvals.map(approval => approval.person)).toEqual(['bob']);
  });

  it('a hint that comes while it is read leads to one more reading', async () => {
    const one = watch();
    const first = one.reacted('!work:sim', '$r1');
    while (readings === 0) await new Promise(resolve => setImmediate(resolve));
    puts('bob', '✅');
    await Promise.all([first, one.reacted('!work:sim', '$r1')]);
    expect(request().status).toBe('approved');
  });
});
