import type { MatrixUser } from '#cli/room/matrix-user.ts';
import { fieldsOf, textOf } from '#cli/room/room-model.ts';
import { readWorld, roomOf, userOf } from '#cli/room/room-world.ts';

/** What the bot says that somebody acts upon. */
export interface Heard {
  /** Of the message's card: request, halt, end. */
  readonly kind: string;
  readonly event: string;
  readonly body: string;
}

/** alice and bob in the work room of a simulator, who follow what the bot says. */
export class People {
  readonly alice: MatrixUser;
  readonly bob: MatrixUser;
  readonly room: string;
  #since: string | undefined;

  private constructor(alice: MatrixUser, bob: MatrixUser, room: string) {
    this.alice = alice;
    this.bob = bob;
    this.room = room;
  }

  static async in(dir: string): Promise<People> {
    const world = readWorld(dir);
    const alice = userOf(world, 'alice');
    const people = new People(alice, userOf(world, 'bob'), await roomOf(world, alice, 'work'));
    await people.#news();
    return people;
  }

  says(text: string): Promise<string> {
    return this.alice.say(this.room, text);
  }

  /**
   * bob approves whatever is asked, and alice ends the settle window, until something is heard that ends it.
   *
   * @throws Error with the bot's words when a run halts meanwhile.
   */
  async until(ends: (heard: Heard) => boolean): Promise<Heard> {
    for (;;) {
      for (const heard of await this.#news()) {
        if (heard.kind === 'halt') throw new Error(`the run halted:\n${heard.body}`);
        const settle = heard.kind === 'end' ? /(!settle \S+) ends that time/.exec(heard.body)?.[1] : undefined;
        if (settle !== undefined) await this.alice.say(this.room, settle);
        if (heard.kind === 'request') await this.bob.react(this.room, heard.event, '✅');
        if (ends(heard)) return heard;
      }
    }
  }

  async #news(): Promise<Heard[]> {
    const quiet = AbortSignal.timeout(600_000);
    const found = await this.alice.sync(this.room, this.#since, 200, quiet);
    this.#since = found.next;
    return found.events.flatMap(event => {
      const content = fieldsOf(event.content);
      const kind = textOf(fieldsOf(content['org.ferry.card']).kind);
      if (kind === undefined || fieldsOf(content['m.relates_to']).rel_type === 'm.replace') return [];
      return [{ kind, event: textOf(event.event_id) ?? '', body: textOf(content.body) ?? '' }];
    });
  }
}

/** The bot's word that an approved run only waits for its start; the command is in it. */
export function startOf({ body }: Heard): string | undefined {
  return /When you are there: (!start \S+)/.exec(body)?.[1];
}

export function isEnd({ kind, body }: Heard): boolean {
  return kind === 'end' && /^\S+ has ended: /.test(body);
}
