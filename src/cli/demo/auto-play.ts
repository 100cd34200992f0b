import type { MatrixUser } from '../room/matrix-user.ts';
import { cardIn, type Fields, fieldsOf, textOf } from '../room/room-model.ts';
import { type RoomWorld, roomOf, userOf } from '../room/room-world.ts';
import { Transcript } from '../room/transcript.ts';
import { isEnd, pendingIn } from './pending.ts';

/** A run that has ended, as its last card says. */
export interface Played {
  readonly run: string;
  readonly text: string;
}

/**
 * Plays an upgrade as people would: alice asks and starts, bob approves what is asked. Prints the room as people see it.
 * A run that is open from before is gone on with.
 *
 * @throws Error when the run halts, or nothing happens for a minute: nothing is left to wait for.
 */
export async function autoPlay(options: {
  readonly world: RoomWorld;
  readonly say: string;
  readonly print: (lines: readonly string[]) => void;
  readonly signal: AbortSignal;
  /** Called with each card's kind; tests and `--break` hook in here. */
  readonly onCard?: (kind: string) => void;
}): Promise<Played> {
  const { world, signal } = options;
  const alice = userOf(world, 'alice');
  const bob = userOf(world, 'bob');
  const room = await roomOf(world, alice, 'work');
  const transcript = new Transcript(world.bot);
  let since = (await alice.sync(room, undefined, 1, signal)).next;
  const past: Fields[] = [];
  for await (const page of alice.back(room, 5_000)) past.unshift(...[...page].reverse());
  const { runs, events } = pendingIn(past, world.bot);
  const answered = new Set<string>();
  if (runs.length === 0) await alice.say(room, options.say);
  else options.print([`(going on with ${runs.join(', ')})`]);
  for (const event of events) {
    answered.add(textOf(event.event_id) ?? '');
    // Whoever played before may have answered it already: the homeserver takes no reaction twice.
    await react({ event, room, alice, bob, options }).catch(() => undefined);
  }
  let ended: Played | undefined;
  while (ended === undefined) {
    const quiet = AbortSignal.any([signal, AbortSignal.timeout(90_000)]);
    const found = await alice.sync(room, since, 200, quiet);
    since = found.next;
    for (const event of found.events) {
      const drawn = transcript.take(event, { width: 100, colour: false, reactions: false });
      if (drawn !== undefined) options.print(drawn.type === 'lines' ? drawn.lines : drawn.otherwise);
      if (answered.has(textOf(event.event_id) ?? '')) continue;
      ended = (await react({ event, room, alice, bob, options })) ?? ended;
    }
  }
  return ended;
}

async function react(at: {
  readonly event: Fields;
  readonly room: string;
  readonly alice: MatrixUser;
  readonly bob: MatrixUser;
  readonly options: Parameters<typeof autoPlay>[0];
}): Promise<Played | undefined> {
  const { event, room, alice, bob } = at;
  const content = fieldsOf(event.content);
  const relation = fieldsOf(content['m.relates_to']);
  const card = cardIn(event, at.options.world.bot);
  const body = textOf(content.body) ?? '';
  const kind = textOf(card.kind);
  if (kind === undefined || relation.rel_type === 'm.replace') return undefined;
  at.options.onCard?.(kind);
  const run = textOf(card.run) ?? '';
  if (kind === 'request' && card.state === 'open') await bob.react(room, textOf(event.event_id) ?? '', '✅');
  if (kind === 'halt') throw new Error(`the run halted:\n${body}`);
  const start = /When you are there: (!start \S+)/.exec(body)?.[1];
  if (start !== undefined) await alice.say(room, start);
  // Nobody who watches has an hour for it.
  const settle = kind === 'end' ? /(!settle \S+) ends that time/.exec(body)?.[1] : undefined;
  if (settle !== undefined) await alice.say(room, settle);
  return isEnd(event, at.options.world.bot) ? { run, text: body } : undefined;
}
