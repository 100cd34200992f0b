import type { OutgoingMessage } from '#ports/chat.ts';
import { accountsOf, type ChatEstate } from './chat-estate.ts';
import { plainLine } from './harmless.ts';

/** A message to a work room about Ferry itself, which is of no run. @param people are called, and it notifies them. */
export function noticeOf(estate: ChatEstate, text: string, people: readonly string[]): OutgoingMessage {
  return {
    text: plainLine(text),
    mentions: accountsOf(estate, people),
    notify: people.length > 0,
    thread: undefined,
    card: { kind: 'notice' },
  };
}

/** The work rooms of all environments. An alias whose room isn't known yet is none. */
export function workRooms({ environments }: ChatEstate): readonly string[] {
  const works = Object.values(environments).map(one => one.work);
  return [...new Set(works)].filter(room => !room.startsWith('#'));
}
