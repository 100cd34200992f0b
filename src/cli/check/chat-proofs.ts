import type { MatrixChat } from '#adapters/matrix/matrix-chat.ts';
import { Refused } from '#core/errors.ts';
import type { Environment, Estate } from '#estate/schema.ts';
import type { Proof } from './proof.ts';

const ofRoom = 'invite the bot, and see its power level there (docs/configuration.md, rooms)';

/**
 * The bot's account, every room that the estate names, and everybody who is to ask or approve in it.
 *
 * @param store which store the state folder belongs to; undefined when it was never started on.
 */
export function chatProofs(estate: Estate, chat: () => Promise<MatrixChat>, store: string | undefined): Proof[] {
  const environments = Object.values(estate.environments);
  const work = [...new Set(environments.map(one => one.rooms.work))];
  const others = [...new Set(environments.flatMap(spokenTo))].filter(room => !work.includes(room));
  const topics = new Set(environments.flatMap(one => one.announce.planned.rooms));
  return [
    {
      of: 'chat',
      see: async () => `the token is ${(await chat()).self}'s`,
      otherwise: 'see chat in the estate and MATRIX_ACCESS_TOKEN',
    },
    {
      of: 'chat account',
      see: async () => ownAccount(await chat(), store),
      otherwise: 'one account is the bot of one store: see Matrix in README.md',
    },
    ...[...work, ...others].map(room => ({
      of: `room ${room}`,
      see: async () => usable(await chat(), room, { pin: work.includes(room), setTopic: topics.has(room) }),
      otherwise: ofRoom,
    })),
    ...environments.map(environment => ({
      of: `people of ${environment.name}`,
      see: async () => present(estate, environment, await chat()),
      otherwise: 'invite them, or mend their accounts under people in the estate',
    })),
  ];
}

/** A first start marks the account; another store's bot ends there. */
async function ownAccount(chat: MatrixChat, store: string | undefined): Promise<string> {
  const mark = await chat.mark();
  if (mark === undefined) return `${chat.self} is nobody's bot yet: the first start marks it`;
  if (mark === store) return `${chat.self} is the bot of this store`;
  throw new Refused(
    'account-taken',
    `${chat.self} is the bot of another store: stop that one, then "ferry start --take-account" once`,
  );
}

function spokenTo({ rooms, announce }: Environment): string[] {
  return [...rooms.tell, ...Object.values(announce).flatMap(told => told.rooms)];
}

async function usable(
  chat: MatrixChat,
  name: string,
  wanted: { readonly pin: boolean; readonly setTopic: boolean },
): Promise<string> {
  const id = await chat.resolve(name);
  const room = await chat.room(id);
  if (room === undefined) throw new Refused('not-in-room', `${chat.self} isn't in ${name}`);
  if (room.replacedBy !== undefined) {
    const by = room.replacedBy === '' ? 'another room' : room.replacedBy;
    throw new Refused('room-replaced', `${name} was replaced by ${by}: put that one into the estate`);
  }
  if (room.encrypted) {
    throw new Refused('encrypted', `${name} is encrypted, which Ferry can't read: make another one without encryption`);
  }
  // Requests stand in work rooms alone. An answer that was given while the bot was out must be readable afterwards.
  if (wanted.pin && !room.showsPast) {
    const mend = 'set "Who can read history" to members, since the point of selecting it (shared)';
    throw new Refused('past-hidden', `${name} doesn't show what was said while somebody was out of it: ${mend}`);
  }
  const may = await chat.powers(id);
  const needs = { say: true, react: true, ...wanted };
  const lacks = (Object.keys(needs) as (keyof typeof needs)[]).filter(power => needs[power] && !may[power]);
  if (lacks.length > 0)
    throw new Refused('no-power', `${chat.self} may not ${lacks.map(inWords).join(', ')} in ${name}`);
  const can = (Object.keys(may) as (keyof typeof may)[]).filter(power => may[power]);
  return `joined, not encrypted; may ${can.map(inWords).join(', ')}`;
}

function inWords(power: 'say' | 'react' | 'pin' | 'setTopic'): string {
  return { say: 'speak', react: 'react', pin: 'pin messages', setTopic: 'set the topic' }[power];
}

/** Everybody with a say has an account, which is in the work room and neither a guest's nor deactivated. */
async function present(estate: Estate, environment: Environment, chat: MatrixChat): Promise<string> {
  const room = await chat.resolve(environment.rooms.work);
  const people = [
    ...new Set([...environment.approvers, ...environment.ask, ...environment.mention, ...environment.page]),
  ];
  const problems: string[] = [];
  for (const person of people) {
    const account = estate.people[person]?.accounts.matrix;
    if (account === undefined) {
      problems.push(`${person} has no Matrix account in the estate`);
      continue;
    }
    const member = await chat.member(room, account);
    if (member?.membership !== 'join') problems.push(`${person} (${account}) isn't in ${environment.rooms.work}`);
    else if (member.guest) problems.push(`${person} (${account}) is a guest`);
    else if (member.deactivated) problems.push(`${person} (${account}) is deactivated`);
  }
  if (problems.length > 0) throw new Refused('not-there', problems.join('; '));
  return `${people.join(', ')} are in ${environment.rooms.work}`;
}
