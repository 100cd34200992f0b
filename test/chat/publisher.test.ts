import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Publisher } from '#chat/publisher.ts';
import { Refused } from '#core/errors.ts';
import { volatileProgress } from '#engine/volatile-progress.ts';
import type { Mail } from '#ports/mail.ts';
import { chatEstate, toyOutlook } from '#test/builders/chat-estate.ts';
import { History, minute } from '#test/builders/history.ts';
import { HistoryRuns } from '#test/fakes/history-runs.ts';
import { ScriptedWriter } from '#test/fakes/scripted-writer.ts';
import { toyProcedure, toyProposal } from '#test/toy-procedure.ts';

const procedure = toyProcedure();
const log = { debug() {}, info() {}, warn() {}, error() {} };

let history: History;
let writer: ScriptedWriter;
let mails: Mail[];
let mailerIsAway: boolean;
/** Lists that the mail server refuses, and why. */
let refusedLists: Map<string, Error>;
let askedFor: string[];

function propose(): void {
  history = new History(
    toyProposal(procedure, { id: 'dev-1', environment: 'dev', targets: ['copr-be-dev'], room: '!work:sim' }),
  );
  writer = new ScriptedWriter();
}

beforeEach(() => {
  propose();
  mails = [];
  mailerIsAway = false;
  refusedLists = new Map();
  askedFor = [];
});

/** A process that publishes; a new one knows only the journal. */
function publisher(): Publisher {
  const clock = { now: () => history.now, sleep: () => Promise.resolve() };
  const mailer = {
    async send(mail: Mail) {
      if (mailerIsAway) throw new Error('away');
      const refused = mail.to.map(list => refusedLists.get(list)).find(Boolean);
      if (refused !== undefined) throw refused;
      mails.push(mail);
    },
  };
  return new Publisher({
    runs: new HistoryRuns(history),
    lane: () => writer,
    cameIn: async () => '$join',
    topic: room => writer.topic(room),
    mailer,
    mailDomain: 'example.org',
    progress: volatileProgress(),
    clock,
    log,
    asked: run => askedFor.push(run),
    drawing: () => ({ estate: chatEstate(), procedure, outlook: toyOutlook }),
  });
}

function ask(): void {
  history.add({ type: 'facts', target: 'copr-be-dev', facts: { things: {} }, remarks: ['a hot-fix'] });
  history.finish('copr-be-dev/check-readiness').finish('copr-be-dev/make-new', { id: 'm-1' }).plan(procedure);
  history.add(...history.decide().append);
}

const kinds = () => writer.written.map(one => one.message.card.kind);

describe('the publisher', () => {
  it('posts the thread’s root first, and all else of the thread under it', async () => {
    ask();
    await publisher().publish('dev-1');
    expect(kinds()).toEqual(['start', 'answer', 'request', 'live']);
    expect(writer.written.map(one => one.message.thread)).toEqual([undefined, undefined, undefined, '$1']);
    expect(writer.reactions).toEqual(['✅ $3', '❌ $3']);
    expect(askedFor).toEqual(['dev-1']);
  });

  it('loses and repeats no message, wherever it is killed or the chat fails', async () => {
    // The live message's own id says at which entry it was posted.
    const told = () => writer.written.map(one => one.txn.replace(/(live\.thread)\.\d+/, '$1'));
    ask();
    await publisher().publish('dev-1');
    const whole = told();
    const { calls } = writer;
    expect(calls).toBeGreaterThan(5);
    for (const fault of ['before', 'after'] as const) {
      for (let at = 0; at < calls; at += 1) {
        propose();
        ask();
        writer.faults.push(...Array.from({ length: at }, () => undefined), fault);
        const one = publisher();
        await one.publish('dev-1');
        history.later(1_000);
        await (at % 2 === 0 ? one : publisher()).publish('dev-1');
        expect([...told()].sort(), `${fault} call ${at}`).toEqual([...whole].sort());
      }
    }
  });

  it('what waited while the chat was away comes before what is new, in its order', async () => {
    const one = publisher();
    await one.publish('dev-1');
    writer.faults.push(...Array.from({ length: 12 }, () => 'before' as const));
    const halted = (nth: string) =>
      history.add({ type: 'halted', step: 'copr-be-dev/make-new', code: 'c', sentence: nth, evidence: [] });
    for (const nth of ['once', 'twice', 'thrice']) {
      halted(nth);
      await one.publish('dev-1');
      // The next one is due long before those that have failed more often.
      history.later(10);
    }
    writer.faults.length = 0;
    halted('for good');
    await one.publish('dev-1');
    const said = writer.written.map(({ message }) => /What: (.*)/.exec(message.text)?.[1]).filter(Boolean);
    expect(said).toEqual(['once.', 'twice.', 'thrice.', 'for good.']);
  });

  it('a request’s card says what became of it, once per change, in the words that were approved', async () => {
    ask();
    const one = publisher();
    await one.publish('dev-1');
    const request = writer.written.find(written => written.message.card.kind === 'request')!;
    const { text } = request.message;
    history.approve('r1', 'bob');
    await one.publish('dev-1');
    await one.publish('dev-1');
    await publisher().publish('dev-1');
    expect(writer.recards.map(change => [change.event, change.state])).toEqual([[request.event, 'approved']]);
    history.add({ type: 'withdrawn', request: 'r1', person: 'bob', saw: 'gone' });
    await one.publish('dev-1');
    history.add({ type: 'rejected', request: 'r1', person: 'carol', account: '@carol:sim' });
    await one.publish('dev-1');
    expect(writer.recards.map(change => [change.state, change.words])).toEqual([
      ['approved', expect.stringMatching(/^APPROVED by bob, \d\d:\d\d UTC\.$/)],
      ['open', undefined],
      ['rejected', expect.stringMatching(/^REJECTED by carol, \d\d:\d\d UTC\.$/)],
    ]);
    expect(new Set(writer.recards.map(change => change.txn)).size).toBe(3);
    expect(request.message).toMatchObject({ text, card: { run: 'dev-1', kind: 'request', state: 'rejected' } });
    expect(request.edits).toBe(0);
  });

  it('a request’s state is owed while the chat is away, and then only the newest is shown', async () => {
    ask();
    await publisher().publish('dev-1');
    history.approve('r1', 'bob').add({ type: 'withdrawn', request: 'r1', person: 'bob', saw: 'gone' });
    history.add({ type: 'expired', request: 'r1' });
    writer.faults.push(...Array.from({ length: 20 }, () => 'before' as const));
    const one = publisher();
    await one.publish('dev-1');
    expect(writer.recards).toEqual([]);
    writer.faults.splice(0);
    history.later(minute);
    await one.tick();
    expect(writer.recards.map(change => change.state)).toEqual(['expired']);
  });

  it('a request’s state is shown once, wherever it is killed or the chat fails', async () => {
    for (const fault of ['before', 'after'] as const) {
      for (let at = 0; at < 5; at += 1) {
        propose();
        ask();
        await publisher().publish('dev-1');
        history.approve('r1', 'bob');
        writer.faults.push(...Array.from({ length: at }, () => undefined), fault);
        await publisher().publish('dev-1');
        await publisher().publish('dev-1');
        const shown = new Set(writer.recards.map(change => `${change.event} ${change.state} ${change.txn}`));
        expect([...shown], `${fault} call ${at}`).toEqual(['$3 approved ferry.toyuid.state.r1.15']);
      }
    }
  });

  it('a new process posts nothing that the journal has as posted', async () => {
    ask();
    await publisher().publish('dev-1');
    const before = writer.written.length;
    await publisher().publish('dev-1');
    expect(writer.written).toHaveLength(before);
  });

  it('a message that is too long goes as several', async () => {
    history.add({
      type: 'facts',
      target: 'copr-be-dev',
      facts: {},
      remarks: Array.from({ length: 900 }, () => 'x'.repeat(100)),
    });
    await publisher().publish('dev-1');
    const parts = writer.written.filter(one => one.txn.includes('checked'));
    expect(parts.length).toBeGreaterThan(3);
    expect(
      parts
        .map(one => one.message.text)
        .join('')
        .match(/x{100}/g),
    ).toHaveLength(900);
  });

  it('doesn’t post a request that isn’t open any more', async () => {
    ask();
    history.add({ type: 'expired', request: 'r1' });
    await publisher().publish('dev-1');
    expect(kinds()).not.toContain('request:open');
    expect(writer.written.some(one => one.message.text.includes('Approve '))).toBe(false);
    expect(writer.written.some(one => one.message.text.includes('has expired'))).toBe(true);
  });

  it('edits the live message only when something changed, and as often as is allowed', async () => {
    const one = publisher();
    await one.publish('dev-1');
    const live = () => writer.written.find(message => message.message.card.kind === 'live');
    history.add({ type: 'begun', step: 'copr-be-dev/check-readiness' });
    await one.publish('dev-1');
    expect(live()?.edits).toBe(0);
    history.later(minute);
    await one.publish('dev-1');
    expect(live()?.edits).toBe(1);
    expect(live()?.message).toMatchObject({
      mentions: [],
      notify: false,
      text: expect.stringContaining('check-readiness, for 60 s'),
    });
  });

  it('pins the outage’s live message and posts it anew after 20 messages or 15 min over it', async () => {
    history.add({ type: 'started', person: 'alice' }, { type: 'outage-begun' });
    const one = publisher();
    await one.publish('dev-1');
    const live = () =>
      writer.written.filter(message => message.message.card.kind === 'live' && message.message.thread === undefined);
    expect(writer.pinned).toBe(live()[0]?.event);
    for (let count = 0; count < 20; count += 1) one.sawMessage('!work:sim');
    await one.publish('dev-1');
    // Not within a minute: a flood in the room doesn't become a flood of ours.
    expect(live()).toHaveLength(1);
    history.later(minute);
    await one.publish('dev-1');
    expect(live()).toHaveLength(2);
    history.later(15 * minute);
    await one.publish('dev-1');
    expect(live()).toHaveLength(3);
    expect(writer.pinned).toBe(live()[2]?.event);
  });

  it('an announcement that can’t be told stays owed, holds up nothing, and is told later, after the end too', async () => {
    mailerIsAway = true;
    history.add(
      {
        type: 'owed',
        item: 'over/mail',
        channel: 'mail',
        to: ['copr-devel@example.org'],
        subject: 'Over',
        text: 'It is.',
      },
      { type: 'owed', item: 'over/tell', channel: 'tell', to: ['!tell:sim'], subject: '', text: 'Copr is back.' },
      { type: 'ended', outcome: 'done' },
    );
    const one = publisher();
    await one.publish('dev-1');
    await vi.waitFor(() => expect(history.run.owed['over/tell']?.told).toBeDefined());
    expect(history.run.owed['over/mail']?.told).toBeUndefined();
    expect(writer.written.some(message => message.message.card.kind === 'end')).toBe(true);
    mailerIsAway = false;
    history.later(minute);
    await one.tick();
    await vi.waitFor(() => expect(history.run.owed['over/mail']?.told).toBeDefined());
    expect(mails).toMatchObject([{ messageId: 'ferry.toyuid.over.mail@example.org', to: ['copr-devel@example.org'] }]);
  });

  const list = (name: string, event = 'done') => ({
    type: 'owed' as const,
    item: `${event}/mail/${name}@example.org`,
    channel: 'mail' as const,
    to: [`${name}@example.org`],
    subject: 'Over',
    text: 'It is.',
  });
  const toldBy = (name: string, event = 'done') => history.run.owed[list(name, event).item]?.told;
  const no = (code: number) =>
    new Refused('mail-refused', `the mail server said no: ${code} 5.7.1 not a member`, { retry: code < 500 });

  it('a mailing list that refuses for good keeps no other from its mail, and its mail is a person’s', async () => {
    refusedLists.set('announce@example.org', no(550));
    history.add(list('announce'), list('devel'), list('users'), { type: 'ended', outcome: 'done' });
    const one = publisher();
    await one.publish('dev-1');
    expect(mails.map(mail => mail.to)).toEqual([['devel@example.org'], ['users@example.org']]);
    const handed = writer.written.find(message => message.message.text.includes("can't tell announce@example.org"))!;
    expect(handed.room).toBe('!work:sim');
    expect(handed.message).toMatchObject({ notify: true, mentions: ['@alice:sim', '@alice-phone:sim'] });
    expect(handed.message.text).toContain('!announce dev-1 done done/mail/announce@example.org');
    expect(handed.message.text).toContain('It is.');
    // Once, and never again by this process or the next; it stays owed until somebody ticks it.
    history.later(60 * minute);
    await one.tick();
    await publisher().publish('dev-1');
    expect(writer.written.filter(message => message.message.text.includes("can't tell"))).toHaveLength(1);
    expect(toldBy('announce')).toBeUndefined();
  });

  it('a mailing list that refuses for now is tried again, and gets its mails in their order', async () => {
    refusedLists.set('devel@example.org', no(451));
    history.add(list('devel', 'planned'), list('users', 'planned')).later(minute).add(list('devel'));
    const one = publisher();
    await one.publish('dev-1');
    expect(toldBy('users', 'planned')).toBeDefined();
    expect(toldBy('devel', 'planned')).toBeUndefined();
    refusedLists.clear();
    history.later(minute);
    await one.tick();
    expect(toldBy('devel')).toBeDefined();
    expect(mails.map(mail => mail.messageId)).toEqual([
      'ferry.toyuid.planned.mail.users.example.org@example.org',
      'ferry.toyuid.planned.mail.devel.example.org@example.org',
      'ferry.toyuid.done.mail.devel.example.org@example.org',
    ]);
  });

  it('a halt goes before a backlog of the thread’s notes, and a message that is refused stops none of them', async () => {
    history.add({ type: 'noted', person: 'alice', text: 'unspeakable' });
    for (let count = 0; count < 5; count += 1) history.add({ type: 'noted', person: 'alice', text: `note ${count}` });
    history.add({ type: 'begun', step: 'copr-be-dev/check-readiness' });
    history.add({
      type: 'halted',
      step: 'copr-be-dev/check-readiness',
      code: 'no-toys',
      sentence: 'There are no toys.',
      evidence: [],
    });
    writer.refused.push('unspeakable');
    await publisher().publish('dev-1');
    const texts = writer.written.map(one => one.message.text);
    expect(texts[1]).toContain('HALTED: dev-1');
    expect(texts.filter(text => text.startsWith('Noted by alice: “note'))).toHaveLength(5);
    expect(texts.some(text => text.includes('unspeakable'))).toBe(false);
  });

  it('a text that is too large for the server goes in pieces, whose first one mentions people', async () => {
    ask();
    const size = 3_000;
    const post = writer.post.bind(writer);
    writer.post = async (room, message, txn) => {
      if (message.text.length > size) throw new Refused('message-too-long', 'too large');
      return post(room, message, txn);
    };
    history.add({ type: 'noted', person: 'alice', text: 'x '.repeat(4_000).trim() });
    await publisher().publish('dev-1');
    const pieces = writer.written.filter(one => one.txn.includes('pieces'));
    expect(pieces.length).toBeGreaterThan(2);
    expect(
      pieces
        .map(one => one.message.text)
        .join('')
        .match(/x/g),
    ).toHaveLength(4_000);
  });

  it('a topic that a later one replaces isn’t set', async () => {
    const topic = (item: string, text: string) => ({
      type: 'owed' as const,
      item,
      channel: 'topic' as const,
      to: ['!tell:sim'],
      subject: '',
      text,
    });
    history.add(topic('begins/topic', 'OUTAGE NOW')).later(minute).add(topic('over/topic', 'all is well'));
    await publisher().publish('dev-1');
    await vi.waitFor(() => expect(history.run.owed['over/topic']?.told).toBeDefined());
    expect(writer.topics).toEqual({ '!tell:sim': 'all is well' });
    expect(history.run.owed['begins/topic']?.told?.ref).toContain('replaced');
  });
});
