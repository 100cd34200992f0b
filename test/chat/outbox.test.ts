import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Outbox } from '#chat/outbox.ts';
import { Refused } from '#core/errors.ts';
import { type ChatWriter, type OutgoingMessage, Throttled } from '#ports/chat.ts';
import { TurnedClock } from '#test/fakes/turned-clock.ts';

/** A network that keeps what it is told until the test lets it through. */
class Network {
  readonly heard: string[] = [];
  readonly #calls: { text: string; resolve: (event: string) => void; reject: (error: unknown) => void }[] = [];

  writer(): ChatWriter {
    const call = (text: string) =>
      new Promise<string>((resolve, reject) => {
        this.#calls.push({ text, resolve, reject });
        this.heard.push(text);
      });
    const writer: Partial<ChatWriter> = {
      post: (_room, message) => call(message.text),
      edit: async (_room, _event, message) => {
        await call(`edit: ${message.text}`);
      },
      upload: (_room, file) => call(`file: ${file.name}`),
    };
    return writer as ChatWriter;
  }

  #take(text: string) {
    const at = this.#calls.findIndex(one => one.text === text);
    if (at === -1) throw new Error(`nobody said ${text}`);
    return this.#calls.splice(at, 1)[0]!;
  }

  async takes(text: string): Promise<void> {
    this.#take(text).resolve(`$${text}`);
    await turns();
  }

  async refuses(text: string, error: unknown): Promise<void> {
    this.#take(text).reject(error);
    await turns();
  }
}

/** Lets everything that waits for nothing outside go on. */
const turns = () => new Promise(resolve => setImmediate(resolve));

const message = (text: string): OutgoingMessage => ({
  text,
  mentions: [],
  notify: false,
  thread: undefined,
  card: { kind: 'notice' },
});

let network: Network;
let clock: TurnedClock;
let outbox: Outbox;
let ending: AbortController;

beforeEach(() => {
  network = new Network();
  clock = new TurnedClock();
  outbox = new Outbox(network.writer(), clock);
  ending = new AbortController();
  outbox.open(ending.signal);
});
afterEach(() => ending.abort());

const say = (lane: Parameters<Outbox['lane']>[0], text: string, room = '!work') =>
  outbox.lane(lane).post(room, message(text), `txn-${text}`);

describe('the outbox', () => {
  it('while the network asks to wait, nothing is sent; then a halt goes before the answers that waited longer', async () => {
    const answers = ['one', 'two', 'three'].map(text => say('strangers', text));
    await network.refuses('one', new Throttled(12_000));
    const halt = say('first', 'HALTED');
    await clock.turn(11_000);
    expect(network.heard).toEqual(['one']);
    await clock.turn(1_000);
    expect(network.heard).toEqual(['one', 'HALTED']);
    await network.takes('HALTED');
    await expect(halt).resolves.toBe('$HALTED');
    for (const text of ['one', 'two', 'three']) await network.takes(text);
    expect(network.heard).toEqual(['one', 'HALTED', 'one', 'two', 'three']);
    await expect(Promise.all(answers)).resolves.toEqual(['$one', '$two', '$three']);
  });

  it('after a pause one message feels ahead, so that a limit costs one refusal and not four', async () => {
    for (const room of ['!a', '!b', '!c', '!d']) void say('notices', room, room).catch(() => undefined);
    expect(network.heard).toEqual(['!a', '!b', '!c']);
    for (const room of ['!a', '!b', '!c']) await network.refuses(room, new Throttled(5_000));
    await clock.turn(5_000);
    expect(network.heard).toHaveLength(4);
    await network.refuses(network.heard[3]!, new Throttled(5_000));
    await clock.turn(5_000);
    expect(network.heard).toHaveLength(5);
    await network.takes(network.heard[4]!);
    expect(network.heard).toHaveLength(8);
  });

  it('a network that asks to wait for an hour is tried again after half a minute, with what goes first', async () => {
    void say('notices', 'note').catch(() => undefined);
    await network.refuses('note', new Throttled(3_600_000));
    const halt = say('first', 'HALTED');
    for (let minute = 0; minute < 2; minute += 1) {
      await clock.turn(29_000);
      const before = network.heard.length;
      await clock.turn(1_000);
      expect(network.heard.slice(before)).toEqual(['HALTED']);
      if (minute === 0) await network.refuses('HALTED', new Throttled(1e12));
    }
    await network.takes('HALTED');
    await expect(halt).resolves.toBe('$HALTED');
  });

  it('of a live message only the newest state waits', async () => {
    const edit = (text: string) => outbox.lane('live').edit('!work', '$live', message(text), `txn-${text}`);
    const first = edit('3 min');
    const second = edit('4 min');
    const third = edit('5 min');
    await network.refuses('edit: 3 min', new Throttled(1_000));
    await clock.turn(1_000);
    await network.takes('edit: 5 min');
    expect(network.heard).toEqual(['edit: 3 min', 'edit: 5 min']);
    await Promise.all([first, second, third]);
  });

  it('a message that is asked for again while it waits is sent once', async () => {
    void say('notices', 'before');
    const both = [say('notices', 'twice'), say('notices', 'twice')];
    await network.takes('before');
    await network.takes('twice');
    await expect(Promise.all(both)).resolves.toEqual(['$twice', '$twice']);
    expect(network.heard).toEqual(['before', 'twice']);
  });

  it('what is refused for good is its sender’s matter, and holds up nobody', async () => {
    const file = outbox
      .lane('files')
      .upload('!work', { name: 'plan.txt', text: '', thread: undefined, card: { kind: 'notice' } }, 't');
    const halt = say('first', 'HALTED');
    await network.takes('HALTED');
    await halt;
    const told = expect(file).rejects.toThrow('too large');
    await network.refuses('file: plan.txt', new Refused('message-too-long', 'too large'));
    await told;
  });

  it('what is said after the account was let go is told that at once, and is sent when it is said again', async () => {
    ending.abort();
    await expect(say('first', 'gone')).rejects.toMatchObject({ code: 'chat-closed' });
    outbox.open(new AbortController().signal);
    const again = say('first', 'gone');
    await network.takes('gone');
    await expect(again).resolves.toBe('$gone');
  });

  it('a process that stops sends nothing more, and says so to whoever waits', async () => {
    const sent = say('notices', 'under way');
    const waits = expect(say('notices', 'waits')).rejects.toMatchObject({ code: 'chat-closed' });
    ending.abort();
    await waits;
    await network.takes('under way');
    await sent;
    expect(network.heard).toEqual(['under way']);
  });
});
