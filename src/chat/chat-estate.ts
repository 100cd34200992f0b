import type { Redraw } from '#core/altered-estate.ts';
import type { DecidePolicy, PeopleTiming } from '#core/decide.ts';
import type { RetireTiming } from '#core/kept-instances.ts';

/** What the chat layer knows of one environment. Persons are named as in the estate, rooms by the network's own ids. */
export interface ChatEnvironment {
  readonly name: string;
  /** Who may give commands that change something. */
  readonly ask: readonly string[];
  readonly approvers: readonly string[];
  /** Whom a request calls first. */
  readonly mention: readonly string[];
  /** On-call. */
  readonly page: readonly string[];
  readonly work: string;
  readonly tell: readonly string[];
  /** Further rooms that announcements go to. */
  readonly announce?: readonly string[];
  /** How long both instances are kept as they are after an outage, ms. */
  readonly settleFor?: number;
}

export interface ChatTarget {
  readonly name: string;
  readonly environment: string;
  readonly role: 'frontend' | 'backend' | 'distgit' | 'keygen';
  /** Where people reach it by SSH: its public name or address. */
  readonly address: string;
}

export interface ChatTiming extends PeopleTiming, RetireTiming {
  /** Between two edits of the live message, in an outage and while preparing, ms. */
  readonly editOutage: number;
  readonly editPrepare: number;
  /** The live message is posted anew after this time, ms, or after so many messages over it. */
  readonly lineEvery: number;
  readonly repostAfter: number;
  /** A command older than this, found after a reconnect, isn't run, ms. */
  readonly staleCommand: number;
}

/** The estate as the chat layer sees it, on one network. Read at each judgement, so that a stricter rule holds at once. */
export interface ChatEstate {
  readonly environments: Readonly<Record<string, ChatEnvironment>>;
  readonly targets: Readonly<Record<string, ChatTarget>>;
  /** Accounts of each person on this network. */
  readonly people: Readonly<Record<string, readonly string[]>>;
  readonly approve: string;
  readonly reject: string;
  readonly timing: ChatTiming;
  /** How old facts may be when an outage begins, ms. */
  readonly freshFacts: number;
  /** What the estate says now of what a run froze. */
  readonly redraw?: Redraw;
}

/** The person behind an account; only the account id counts, never a display name. */
export function personOf(estate: ChatEstate, account: string): string | undefined {
  return Object.keys(estate.people).find(person => estate.people[person]?.includes(account));
}

/** Every account of the persons on this network, for mentions. */
export function accountsOf(estate: ChatEstate, persons: readonly string[]): string[] {
  return [...new Set(persons.flatMap(person => estate.people[person] ?? []))];
}

export function targetsOf(estate: ChatEstate, environment: string): string[] {
  return Object.values(estate.targets)
    .filter(target => target.environment === environment)
    .map(target => target.name);
}

/** Every room that an environment's people are spoken to in. */
export function spokenRooms({ work, tell, announce = [] }: ChatEnvironment): string[] {
  return [...new Set([work, ...tell, ...announce])];
}

/** What a room is for: environments that work in it, and environments that tell it. */
export function roomOf(estate: ChatEstate, room: string): { readonly works: string[]; readonly tells: string[] } {
  const all = Object.values(estate.environments);
  return {
    works: all.filter(one => one.work === room).map(one => one.name),
    tells: all.filter(one => one.tell.includes(room)).map(one => one.name),
  };
}

/** Other work rooms in which a person can be told what a room doesn't take: of the room's environments, then of their own. */
export function roomsBeside(estate: ChatEstate, room: string, person: string): string[] {
  const all = Object.values(estate.environments);
  const of = all.filter(one => spokenRooms(one).includes(room));
  const own = all.filter(one => one.ask.includes(person) || one.approvers.includes(person));
  return [...new Set([...of, ...own].map(one => one.work))].filter(one => one !== room && !one.startsWith('#'));
}

/** The environment's part of the estate; one that was dropped from it may do nothing at all. */
export function environmentOf(estate: ChatEstate, name: string): ChatEnvironment {
  return estate.environments[name] ?? { name, ask: [], approvers: [], mention: [], page: [], work: '', tell: [] };
}

/** Who decides and when people are reminded, for the rules in core. */
export function policyOf(estate: ChatEstate, environment: string): DecidePolicy {
  const { approvers, settleFor = 0 } = environmentOf(estate, environment);
  return {
    approvers,
    settleFor,
    accounts: estate.people,
    people: estate.timing,
    freshFacts: estate.freshFacts,
    ...(estate.redraw === undefined ? {} : { redraw: estate.redraw }),
  };
}
