import { cardIn, type Fields, fieldsOf, textOf } from '../room/room-model.ts';

/** What a room's past leaves to do: the runs that have begun and not ended, and what they have asked of people. */
export interface Pending {
  readonly runs: readonly string[];
  /** Requests, and calls for `!start` before the outage began and for `!settle` after it; answering one that was answered does nothing. */
  readonly events: readonly Fields[];
}

/** Whether an event is the last message of a run: "dev-1 has ended: done." */
export function isEnd(event: Fields, bot: string | undefined): boolean {
  const content = fieldsOf(event.content);
  const edited = fieldsOf(content['m.relates_to']).rel_type === 'm.replace';
  const isLast = /^(?:@\S+ )*\S+ has ended: /.test(textOf(content.body) ?? '');
  return !edited && isLast && cardIn(event, bot).kind === 'end';
}

/** Reads it from the room's events, oldest first; of the bot's own only. */
export function pendingIn(events: readonly Fields[], bot: string | undefined): Pending {
  const asked = new Map<string, Fields[]>();
  for (const event of events) {
    const content = fieldsOf(event.content);
    const card = cardIn(event, bot);
    const run = textOf(card.run);
    const body = textOf(content.body) ?? '';
    if (run === undefined || fieldsOf(content['m.relates_to']).rel_type === 'm.replace') continue;
    if (card.kind === 'start') asked.set(run, []);
    if (isEnd(event, bot)) asked.delete(run);
    if (/^OUTAGE begins/.test(body)) asked.set(run, []);
    const calls = /When you are there: !start|!settle \S+ ends that time/.test(body);
    if ((card.kind === 'request' && card.state === 'open') || calls) {
      asked.get(run)?.push(event);
    }
  }
  return { runs: [...asked.keys()], events: [...asked.values()].flat() };
}

/** Targets that the first message of a run names: "dev-1: copr-fe-dev (frontend), …"; of any other event none. */
export function startedTargets(event: Fields, bot: string | undefined, names: readonly string[]): string[] {
  if (cardIn(event, bot).kind !== 'start') return [];
  const body = textOf(fieldsOf(event.content).body) ?? '';
  return names.filter(name => body.split(/[\s,]+/).includes(name));
}
