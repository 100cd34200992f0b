import { describe, expect, it } from 'vitest';
import { cardIn, RoomModel } from '#cli/room/room-model.ts';

let clock = 1_000;
const event = (id: string, sender: string, type: string, content: object, more: object = {}) => ({
  event_id: id,
  sender: `@${sender}:sim`,
  type,
  content,
  origin_server_ts: clock++,
  ...more,
});
const says = (id: string, sender: string, body: string, more: object = {}) =>
  event(id, sender, 'm.room.message', { msgtype: 'm.text', body, ...more });
const edits = (id: string, sender: string, of: string, body: string, card?: object) =>
  event(id, sender, 'm.room.message', {
    msgtype: 'm.text',
    body: `* ${body}`,
    'm.new_content': { body, ...(card === undefined ? {} : { 'org.ferry.card': card }) },
    'm.relates_to': { rel_type: 'm.replace', event_id: of },
  });
const reacts = (id: string, sender: string, to: string, key: string) =>
  event(id, sender, 'm.reaction', { 'm.relates_to': { rel_type: 'm.annotation', event_id: to, key } });
const redacts = (id: string, sender: string, what: string) =>
  event(id, sender, 'm.room.redaction', {}, { redacts: what });
const request = (id: string, state = 'open') =>
  says(id, 'ferry', 'wanted', { 'org.ferry.card': { kind: 'request', state } });
const any = () => true;
const modelOf = (...events: object[]) => {
  const model = new RoomModel('@ferry:sim');
  for (const one of events) model.apply(one as Record<string, unknown>);
  return model;
};

describe("a room's model", () => {
  it('shows the newest edit by the same sender only', () => {
    const model = modelOf(says('$a', 'ferry', 'one'), edits('$b', 'ferry', '$a', 'two'), edits('$c', 'bob', '$a', 'x'));
    expect(model.find('$a')).toMatchObject({ body: 'two', edited: true });
  });

  it('shows the newest card, read forwards or backwards, and no edit where only the card is another', () => {
    const states = ['approved', 'open', 'rejected'];
    const recards = states.map((state, at) => edits(`$e${at}`, 'ferry', '$a', 'wanted', { kind: 'request', state }));
    const first = request('$a');
    for (const events of [
      [first, ...recards],
      [...recards.toReversed(), first],
    ]) {
      const model = modelOf(...events);
      expect(model.find('$a')).toMatchObject({ body: 'wanted', edited: false, card: { state: 'rejected' } });
      expect(model.newestRequest(() => true)).toBeUndefined();
    }
  });

  it('goes back to the edit before when the newest is deleted', () => {
    const model = modelOf(says('$a', 'ferry', 'one'), edits('$b', 'ferry', '$a', 'two'), redacts('$c', 'ferry', '$b'));
    expect(model.find('$a')).toMatchObject({ body: 'one', edited: false });
  });

  it('takes edits and reactions that come before their message', () => {
    const model = modelOf(
      edits('$b', 'ferry', '$a', 'two'),
      reacts('$r', 'bob', '$a', '✅'),
      says('$a', 'ferry', 'one'),
    );
    expect(model.find('$a')).toMatchObject({ body: 'two', reactions: [{ sender: '@bob:sim', emoji: '✅' }] });
  });

  it('counts an event once', () => {
    const model = modelOf(says('$a', 'ferry', 'one'), reacts('$r', 'bob', '$a', '✅'), reacts('$r', 'bob', '$a', '✅'));
    expect(model.find('$a')?.reactions).toHaveLength(1);
  });

  it('loses a reaction that was taken back', () => {
    const model = modelOf(says('$a', 'ferry', 'one'), reacts('$r', 'bob', '$a', '✅'));
    expect(model.apply(redacts('$d', 'bob', '$r'))).toMatchObject({ type: 'changed', gone: true });
    expect(model.find('$a')?.reactions).toEqual([]);
  });

  it('keeps a deleted message as deleted, without text, reactions or card', () => {
    const model = modelOf(request('$a'), reacts('$r', 'bob', '$a', '✅'), redacts('$d', 'ferry', '$a'));
    expect(model.find('$a')).toMatchObject({ redacted: true, body: '', reactions: [], card: undefined });
    expect(model.newestRequest(any)).toBeUndefined();
  });

  it('takes neither what was taken back before its message came, nor the text of what the server says is deleted', () => {
    const model = modelOf(reacts('$r', 'bob', '$a', '✅'), redacts('$d', 'bob', '$r'), says('$a', 'ferry', 'one'));
    expect(model.find('$a')?.reactions).toEqual([]);
    const gone = modelOf({ ...says('$b', 'ferry', 'one'), unsigned: { redacted_because: {} } });
    expect(gone.find('$b')).toMatchObject({ redacted: true, body: '' });
  });

  it('takes no reaction of a message that was deleted', () => {
    const model = modelOf(request('$a'), redacts('$d', 'ferry', '$a'));
    expect(model.apply(reacts('$r', 'bob', '$a', '✅') as Record<string, unknown>)).toEqual({ type: 'nothing' });
  });

  it('believes no card but the bot’s own, in an edit of one’s own message neither', () => {
    const card = { kind: 'request', state: 'open' };
    const model = modelOf(says('$a', 'mallory', 'hm'), edits('$b', 'mallory', '$a', 'wanted', card));
    expect(model.find('$a')).toMatchObject({ body: 'wanted', card: undefined });
    expect(model.newestRequest(any)).toBeUndefined();
    expect(cardIn(request('$c'), '@ferry:sim')).toEqual(card);
    expect(cardIn(request('$c'), '@other:sim')).toEqual({});
    expect(cardIn({ ...request('$c'), sender: undefined }, undefined)).toEqual({});
  });

  it('finds the newest request that still stands and is wanted', () => {
    const model = modelOf(request('$a'), request('$b'), says('$c', 'bob', 'hm'));
    expect(model.newestRequest(any)?.id).toBe('$b');
    model.apply(edits('$e', 'ferry', '$b', 'wanted', { kind: 'request', state: 'approved' }));
    expect(model.newestRequest(any)?.id).toBe('$a');
    expect(model.newestRequest(item => item.id !== '$a')).toBeUndefined();
  });

  it('counts no request from before the end of its run', () => {
    const card = (run: string, kind: string) => ({ 'org.ferry.card': { run, kind } });
    const model = modelOf(
      says('$a', 'ferry', 'wanted', card('dev-1', 'request')),
      says('$b', 'ferry', 'wanted', card('dev-2', 'request')),
      says('$c', 'ferry', 'dev-2 has ended: done.', card('dev-2', 'end')),
    );
    expect(model.newestRequest(any)?.id).toBe('$a');
    model.apply(says('$d', 'ferry', 'wanted', card('dev-2', 'request')) as Record<string, unknown>);
    expect(model.newestRequest(any)?.id).toBe('$d');
  });

  it('numbers threads in the order in which they began', () => {
    const inThread = (id: string, root: string) =>
      says(id, 'ferry', id, { 'm.relates_to': { rel_type: 'm.thread', event_id: root } });
    const model = modelOf(says('$a', 'bob', 'a'), says('$b', 'bob', 'b'), inThread('$1', '$b'), inThread('$2', '$a'));
    expect(model.threads()).toEqual(['$b', '$a']);
  });
});
