import { setTimeout as sleep } from 'node:timers/promises';
import { FerryError, Unknown } from '#core/errors.ts';
import { UsageError } from '../subcommand.ts';
import { LiveScreen } from './live-screen.ts';
import type { MatrixUser } from './matrix-user.ts';
import { newestRequest } from './newest-request.ts';
import { type Fields, fieldsOf, textOf } from './room-model.ts';
import { type RoomWorld, roomOf, userOf } from './room-world.ts';
import { parseLine, sessionHelp } from './session-line.ts';
import { wrapped } from './terminal-text.ts';
import { Transcript } from './transcript.ts';
import { TypedInput, type TypedStreams } from './typed-input.ts';

/** A command that whoever uses the session adds: `/break volume`. */
export interface ExtraCommand {
  readonly help: string;
  run(rest: string): Promise<void>;
}

export interface SessionOptions {
  readonly world: RoomWorld;
  /** Who speaks first; `/as` changes it. */
  readonly person: string;
  /** Name, alias or id of the first room. */
  readonly room: string;
  readonly streams: TypedStreams;
  readonly colour: boolean;
  /** How many events are shown of what was said before. */
  readonly history?: number;
  /** Called with each event as it comes, after it was drawn; not with what was said before. */
  readonly seen?: (event: Fields) => void;
  /** By name, without the slash. */
  readonly more?: Readonly<Record<string, ExtraCommand>>;
}

/**
 * A live view of a room with a line to type into. On a terminal, edits and reactions change a message where it stands;
 * in a pipe only what is new is printed.
 */
export class RoomSession {
  readonly #options: SessionOptions;
  readonly #input: TypedInput;
  readonly #screen: LiveScreen;
  readonly #ending = new AbortController();
  #speaker: MatrixUser;
  #person: string;
  #room = '';
  #roomName: string;
  #transcript: Transcript;
  #watching = new AbortController();
  /** What we sent and haven't seen yet. */
  readonly #sent = new Set<string>();

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#person = options.person;
    this.#roomName = options.room;
    this.#transcript = new Transcript(options.world.bot);
    this.#speaker = userOf(options.world, options.person);
    this.#input = new TypedInput(options.streams, line => this.#typed(line));
    this.#screen = new LiveScreen(options.streams.output, this.#input.onTerminal ? this.#input : undefined);
  }

  /** Runs until `/quit`, the end of input, or the signal. @throws what opening the first room refuses. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = () => this.stop();
    signal.addEventListener('abort', stop);
    if (signal.aborted) return;
    this.#room = await roomOf(this.#options.world, this.#speaker, this.#roomName);
    const resized = () => this.#screen.redrawAll(id => this.#transcript.draw(id, this.#look()));
    this.#options.streams.output.on?.('resize', resized);
    let failure: unknown;
    const watching = this.#watchAll().catch((error: unknown) => {
      failure = error;
      this.stop();
    });
    try {
      await this.#input.run(this.#ending.signal, this.#person);
      await this.#sentIsSeen();
    } finally {
      this.stop();
      await watching;
      this.#options.streams.output.off?.('resize', resized);
      signal.removeEventListener('abort', stop);
    }
    if (failure !== undefined) throw failure;
  }

  stop(): void {
    this.#ending.abort();
    this.#watching.abort();
  }

  /** Prints lines of our own between the room's. */
  note(...lines: readonly string[]): void {
    this.#screen.append(
      undefined,
      lines.flatMap(line => wrapped(line, this.#screen.width - 1)),
    );
  }

  /** Does what a typed line says: speaks it, or obeys a /command. */
  async #typed(line: string): Promise<void> {
    try {
      await this.#obey(line);
    } catch (error) {
      if (!(error instanceof FerryError || error instanceof UsageError)) throw error;
      this.note(`! ${error.message}`);
    }
  }

  async #obey(line: string): Promise<void> {
    const command = parseLine(line, Object.keys(this.#options.more ?? {}));
    switch (command.do) {
      case 'nothing':
        return;
      case 'say':
        this.#sent.add(await this.#speaker.say(this.#room, command.text));
        return;
      case 'thread':
        this.#sent.add(await this.#speaker.say(this.#room, command.text, this.#thread(command.number)));
        return;
      case 'react':
        this.#sent.add(await this.#speaker.react(this.#room, await this.#request(command), command.emoji));
        return;
      case 'unreact':
        this.#sent.add(await this.#speaker.unreact(this.#room, await this.#request(command), command.emoji));
        return;
      case 'as':
        this.#speaker = userOf(this.#options.world, command.person);
        this.#person = command.person;
        this.#input.rename(command.person);
        return;
      case 'room':
        await this.#enter(command.name);
        return;
      case 'help':
        this.note(...sessionHelp(this.#options.more ?? {}));
        return;
      case 'quit':
        this.stop();
        return;
      case 'more':
        await this.#options.more?.[command.name]?.run(command.rest);
    }
  }

  async #request(to: { readonly do: 'react' | 'unreact'; readonly emoji: string }): Promise<string> {
    const at = { room: this.#room, bot: this.#options.world.bot };
    return (await newestRequest(this.#speaker, at, to.do, to.emoji, this.#transcript.model)).id;
  }

  #thread(number: number): string {
    const root = this.#transcript.model.threads()[number - 1];
    if (root === undefined) throw new UsageError(`there is no thread ${number} in view`);
    return root;
  }

  async #enter(name: string): Promise<void> {
    const room = await roomOf(this.#options.world, this.#speaker, name);
    // A room that we aren't in is refused here, while the one before is still in view.
    await this.#speaker.back(room, 1).next();
    this.#room = room;
    this.#roomName = name;
    this.#transcript = new Transcript(this.#options.world.bot);
    this.#sent.clear();
    this.#watching.abort();
  }

  /** Watches the current room, and the next one after each `/room`. */
  async #watchAll(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      this.#watching = new AbortController();
      await this.#watch(this.#room, this.#watching.signal).catch((error: unknown) => {
        if (!this.#watching.signal.aborted && !this.#ending.signal.aborted) throw error;
      });
    }
  }

  async #watch(room: string, signal: AbortSignal): Promise<void> {
    // Positions belong to an account: `/as` changes who speaks, not who looks.
    const watcher = this.#speaker;
    let since: string | undefined;
    let away = false;
    while (!signal.aborted) {
      try {
        const found = await watcher.sync(room, since, since === undefined ? 1 : 200, signal);
        if (away) this.note('— the homeserver is back —');
        away = false;
        if (since === undefined) {
          this.note(`— ${this.#roomName}${topicOf([...found.state, ...found.events])} —`);
          for (const event of await this.#past(watcher, room)) this.#draw(event);
        } else {
          for (const event of found.events) {
            this.#draw(event);
            this.#options.seen?.(event);
          }
        }
        since = found.next;
        this.#input.ready();
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof Unknown)) throw error;
        if (!away) this.note(`! ${error.message} Trying again.`);
        away = true;
        await sleep(500, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** The last messages before the view began, oldest first. Edits come with their messages and don't count. */
  async #past(watcher: MatrixUser, room: string): Promise<readonly Fields[]> {
    const wanted = this.#options.history ?? 30;
    const events: Fields[] = [];
    let messages = 0;
    for await (const page of watcher.back(room, 2_000)) {
      // Who came and went before is no news; the topic stands above.
      events.push(...page.filter(event => event.state_key === undefined));
      messages += page.filter(isMessage).length;
      if (messages >= wanted) break;
    }
    return events.reverse();
  }

  #draw(event: Fields): void {
    this.#sent.delete(textOf(event.event_id) ?? '');
    const drawn = this.#transcript.take(event, this.#look());
    if (drawn === undefined) return;
    if (drawn.type === 'lines') {
      this.#screen.append(drawn.id, drawn.lines);
      return;
    }
    const lines = this.#transcript.draw(drawn.id, this.#look());
    if (!this.#screen.replace(drawn.id, lines)) this.#screen.append(undefined, drawn.otherwise);
  }

  #look() {
    return { width: this.#screen.width, colour: this.#options.colour, reactions: this.#screen.canRedraw };
  }

  /** At the end of piped input what was typed last is still to be shown. */
  async #sentIsSeen(): Promise<void> {
    for (let turn = 0; turn < 60 && this.#sent.size > 0 && !this.#ending.signal.aborted; turn++) {
      await sleep(50);
    }
  }
}

function isMessage(event: Fields): boolean {
  const relation = fieldsOf(fieldsOf(event.content)['m.relates_to']);
  return event.type === 'm.room.message' && relation.rel_type !== 'm.replace';
}

function topicOf(events: readonly Fields[]): string {
  const topic = textOf(fieldsOf(events.findLast(event => event.type === 'm.room.topic')?.content).topic);
  return topic === undefined || topic === '' ? '' : `: ${topic}`;
}
