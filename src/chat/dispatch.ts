import { BadInput, FerryError } from '#core/errors.ts';
import type { Said } from '#ports/chat.ts';
import type { Log } from '#ports/log.ts';
import { type Args, readArgs } from './arguments.ts';
import { type Card, either } from './cards.ts';
import { accountsOf, type ChatEstate, environmentOf, personOf, roomOf, targetsOf } from './chat-estate.ts';
import { type Asking, answer, type Command, type Parts, type Subjects } from './define-command.ts';
import { findRun } from './find-run.ts';
import { hear } from './parse.ts';
import type { Order } from './turns.ts';

export interface Dispatching {
  readonly parts: Parts;
  /** Names that address us in a message. */
  readonly names: readonly string[];
  readonly log: Log;
}

const awayText = 'I was away when you said this; say it again if it still holds.';

/** A message that is for us, before anything is done about it. */
export interface Understood {
  /** Whoever says it may give commands here, or approve: their answers go before everybody else's. */
  readonly isOurs: boolean;
  readonly changes: boolean;
  /** Of a command that changes something: what it may be about. undefined: it waits for nobody's turn. */
  readonly order: (Order & { readonly thread: string | undefined }) | undefined;
  /** Runs it. Never throws: what fails is a refusal. */
  run(): Promise<Card | undefined>;
  /** What can be said before `run` has come to an end. */
  soFar(): Promise<Card>;
}

/**
 * From one message to no answer or one. All refusals are one sentence.
 *
 * @returns undefined when the message isn't for us, or when the journal's own message is the answer.
 */
export async function dispatch(said: Said, dispatching: Dispatching): Promise<Card | undefined> {
  return understand(said, dispatching)?.run();
}

/** Finds the command, checks the room, the person and the arguments. Does nothing yet. */
export function understand(said: Said, { parts, names, log }: Dispatching): Understood | undefined {
  const { estate, commands } = parts;
  const room = roomOf(estate, said.room);
  const works = room.works.length > 0;
  const verbs = commands.flatMap(command => [command.name, ...(command.aliases ?? [])]);
  const heard = hear(said.text, said.mentionsUs, { verbs, names, targets: Object.keys(estate.targets) });
  if (heard.is === 'nothing') return undefined;
  const asking: Asking = {
    person: personOf(estate, said.sender),
    account: said.sender,
    accounts: everyAccountOf(estate, said.sender),
    room: said.room,
    cause: said.id,
    kind: works ? 'work' : 'tell',
    environments: works ? room.works : room.tells,
  };
  const refused = (why: string) => always(asking, estate, refusal(asking, why));
  if (heard.is === 'refused') return works || said.mentionsUs ? refused(heard.why) : undefined;
  const command = commands.find(one => one.name === heard.verb || one.aliases?.includes(heard.verb));
  if (command === undefined) return undefined;
  if (!works) {
    // Other bots live in rooms full of users: a bare word is ours only where it is meant for everybody there.
    if (!heard.addressed && command.name !== 'status') return undefined;
    if (command.rooms !== 'any') return refused(`!${heard.verb} is for the work room; here I answer !ferry status.`);
  }
  try {
    return prepared(command, heard.rest, said, asking, parts, log);
  } catch (error) {
    if (error instanceof BadInput || error instanceof FerryError) return refused(error.message);
    throw error;
  }
}

/** An account and all others of the person who has it: what the journal keeps of whoever asks for something. */
function everyAccountOf(estate: ChatEstate, account: string): string[] {
  const person = personOf(estate, account);
  return [...new Set([account, ...(person === undefined ? [] : accountsOf(estate, [person]))])];
}

/** @throws BadInput what may not be said, or not like this. */
function prepared(command: Command, rest: string, said: Said, asking: Asking, parts: Parts, log: Log): Understood {
  const { estate } = parts;
  if (command.changes) {
    checkMayAsk(estate, asking, asking.environments, command);
    if (said.waited > estate.timing.staleCommand) throw new BadInput('time', awayText);
  }
  const args = readArgs(rest, command.takes, {
    targets: Object.keys(estate.targets),
    environments: Object.keys(estate.environments),
  });
  const act = async <T>(what: () => Promise<T>): Promise<T | Card> => {
    try {
      return await what();
    } catch (error) {
      if (error instanceof BadInput || error instanceof FerryError) return refusal(asking, error.message);
      log.error(
        { command: command.name, event: said.id, error: String((error as Error).stack) },
        'a command failed unexpectedly',
      );
      return refusal(asking, `!${command.name} failed on my side, and nothing was recorded; my log says more.`);
    }
  };
  const contextOf = async () => {
    const subject = await subjectOf(command, args, said, asking, parts);
    const environment =
      'run' in subject ? subject.run.environment : 'targets' in subject ? subject.environment : undefined;
    if (command.changes && environment !== undefined) checkMayAsk(estate, asking, [environment], command);
    const needed: Partial<Parts> = Object.fromEntries(command.needs.map(need => [need, parts[need]]));
    return { ...asking, ...needed, ...subject } as Parameters<Command['run']>[0];
  };
  const { environments } = asking;
  return {
    isOurs: isOurs(asking, estate),
    changes: command.changes,
    order: command.changes ? { environments, run: args.run, thread: said.thread } : undefined,
    run: () => act(async () => command.run(await contextOf(), args)),
    soFar: () =>
      act(async () => {
        const known = await command.soFar?.(await contextOf(), args);
        return known ?? answer(asking, `!${command.name} takes longer: what it says is added here.`);
      }),
  };
}

function always(asking: Asking, estate: ChatEstate, card: Card): Understood {
  const run = () => Promise.resolve(card);
  return { isOurs: isOurs(asking, estate), changes: false, order: undefined, run, soFar: run };
}

function isOurs({ person, environments }: Asking, estate: ChatEstate): boolean {
  if (person === undefined) return false;
  return environments.some(name => {
    const { ask, approvers } = environmentOf(estate, name);
    return ask.includes(person) || approvers.includes(person);
  });
}

async function subjectOf(
  command: Command,
  args: Args,
  said: Said,
  asking: Asking,
  parts: Parts,
): Promise<Subjects['run'] | Subjects['targets'] | Record<never, never>> {
  switch (command.subject) {
    case 'nothing':
      return {};
    case 'targets':
      return theTargets(args, asking, parts.estate);
    case 'run': {
      const run = await findRun(args, {
        runs: parts.runs,
        environments: asking.environments,
        thread: said.thread,
        now: parts.clock.now(),
        ended: command.ended ?? !command.changes,
        last: command.last ?? false,
        fits: command.fits,
      });
      return { run };
    }
  }
}

function theTargets(args: Args, asking: Asking, estate: ChatEstate): Subjects['targets'] {
  const named = args.environment === undefined ? args.targets : targetsOf(estate, args.environment);
  if (args.environment !== undefined && args.targets.length > 0) {
    throw new BadInput('target', 'name targets or an environment, not both.');
  }
  const environments = [...new Set(named.map(target => estate.targets[target]?.environment ?? ''))];
  const [environment, other] = environments;
  if (environment === undefined) {
    const here = asking.environments.flatMap(one => targetsOf(estate, one));
    throw new BadInput('target', `of which target? Here are ${here.join(', ')}.`);
  }
  if (other !== undefined)
    throw new BadInput('target', `one environment at a time, and these are of ${environments.join(' and ')}.`);
  if (!asking.environments.includes(environment))
    throw new BadInput('target', `${environment} isn't worked on in this room.`);
  return { environment, targets: named };
}

/** @throws BadInput unless the person may give commands in one of the environments. */
function checkMayAsk(estate: ChatEstate, asking: Asking, environments: readonly string[], command: Command): void {
  const may = [...new Set(environments.flatMap(one => environmentOf(estate, one).ask))];
  if (asking.person !== undefined && may.includes(asking.person)) return;
  throw new BadInput(
    'person',
    `!${command.name} is only for ${either(may)} in ${environments.join(', ')}. You may read everything: !status, !why.`,
  );
}

/** One sentence to the one who was refused. */
export function refusal(asking: Pick<Asking, 'person' | 'account'>, why: string): Card {
  return {
    text: `${asking.person ?? asking.account}: ${why}`,
    people: asking.person === undefined ? [] : [asking.person],
    accounts: asking.person === undefined ? [asking.account] : [],
    notify: true,
    where: 'thread',
    field: { kind: 'refusal' },
  };
}
