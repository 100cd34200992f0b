import type { Run } from '#core/run.ts';
import type { Procedure } from '#engine/plan-step.ts';
import type { RecordWatch } from '#engine/record-watch.ts';
import type { Proposer, RunsService } from '#engine/runs.ts';
import type { Clock } from '#ports/clock.ts';
import type { MessageBody } from '#ports/message-body.ts';
import type { Progress } from '#ports/progress.ts';
import type { Args, Takes } from './arguments.ts';
import { plainText } from './body/plain-text.ts';
import type { Card, Drawing } from './cards.ts';
import type { ChatEstate } from './chat-estate.ts';
import type { Judged } from './watch-requests.ts';

/** Reads the chat once more and appends what follows, together with what a command derives from it. */
export interface FreshReading {
  recordFresh(
    id: string,
    cause: string | undefined,
    judge: (run: Run, now: number) => Judged,
  ): Promise<string | undefined>;
}

/** Last lines that a step's command said, oldest first. */
export interface LastLines {
  /** As its host has them now. One reading at a time of a step, however many ask for it. */
  read(run: Run, step: string): Promise<readonly string[]>;
  /** What was read last, and when (ms); undefined: nothing was by this process. */
  known(run: Run, step: string): { readonly lines: readonly string[]; readonly at: number } | undefined;
}

/** Everything that a command may name in `needs`. */
export interface Parts {
  readonly runs: RunsService;
  readonly estate: ChatEstate;
  readonly drawing: Drawing;
  readonly procedure: Procedure;
  readonly clock: Clock;
  readonly progress: Progress;
  readonly fresh: FreshReading;
  readonly record: Pick<RecordWatch, 'look' | 'strangers'>;
  readonly proposer: Proposer;
  readonly lastLines: LastLines;
  /** All commands, in the order of `commands/index.ts`. */
  readonly commands: readonly Command[];
  /** A link to an event, for people. */
  readonly link: (room: string, event: string) => string;
}

/** Who says it, and where. Every command gets this. */
export interface Asking {
  /** The person behind the account; undefined: mapped to nobody. */
  readonly person: string | undefined;
  readonly account: string;
  /** The account, and every other one that the person has now. */
  readonly accounts: readonly string[];
  readonly room: string;
  /** Id of the chat event: what makes a changing command happen once. */
  readonly cause: string;
  readonly kind: 'work' | 'tell';
  /** Environments that work in (or tell) this room. */
  readonly environments: readonly string[];
}

/** What a command is about; found before it runs. */
export interface Subjects {
  readonly nothing: unknown;
  /** A run: named, of this thread, or the only one that fits. */
  readonly run: { readonly run: Run };
  /** Targets of one environment that works in this room; an environment's name means all of its targets. */
  readonly targets: { readonly environment: string; readonly targets: readonly string[] };
}
export type Subject = keyof Subjects;

export interface CommandFacts {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** Its arguments as help shows them: `[RUN] because …`. */
  readonly usage: string;
  /** One line. */
  readonly help: string;
  /** More, for `!help COMMAND` and the docs. */
  readonly detail?: string;
  readonly takes: Takes;
  /** Only the environment's `ask` people may give it; an old one isn't run. */
  readonly changes: boolean;
  /** `any`: in tell rooms too. */
  readonly rooms: 'work' | 'any';
}

export interface CommandDefinition<S extends Subject, N extends keyof Parts> extends CommandFacts {
  readonly subject: S;
  /** With subject `run`: which runs may be meant when none is named. */
  readonly fits?: (run: Run) => boolean;
  /** With subject `run`: whether a run that has ended may be meant; those that only read may always. */
  readonly ended?: boolean;
  /** With subject `run`: whether a target with no open run means its last one; then no ended one is meant that nothing names. */
  readonly last?: boolean;
  readonly needs: readonly N[];
  /**
   * @returns what to answer; undefined where the journal's own message is the answer.
   * @throws BadInput and other errors with a sentence: the refusal.
   */
  run(context: Asking & Pick<Parts, N> & Subjects[S], args: Args): Promise<Card | undefined>;
  /**
   * Of a command that asks the world: what is known without asking, and how old that is. Said where `run` takes more than
   * two seconds, whose answer is then added to it. @throws as `run` does.
   */
  soFar?(context: Asking & Pick<Parts, N> & Subjects[S], args: Args): Promise<Card | undefined>;
}

/** A command as the dispatcher sees it. */
export interface Command extends CommandFacts {
  readonly subject: Subject;
  readonly fits?: (run: Run) => boolean;
  readonly ended?: boolean;
  readonly last?: boolean;
  readonly needs: readonly (keyof Parts)[];
  run(context: Asking & Parts & Subjects['run'] & Subjects['targets'], args: Args): Promise<Card | undefined>;
  soFar?(context: Asking & Parts & Subjects['run'] & Subjects['targets'], args: Args): Promise<Card | undefined>;
}

/** Defines a command. It gets what it names in `needs`, who asks, and its subject; nothing else. */
export function defineCommand<S extends Subject, N extends keyof Parts>(definition: CommandDefinition<S, N>): Command {
  return definition;
}

/** An answer to who asked, where they asked. */
export function answer(asking: Asking, says: string | MessageBody, run?: string): Card {
  return {
    ...(typeof says === 'string' ? { text: says } : { text: plainText(says), body: says }),
    people: asking.person === undefined ? [] : [asking.person],
    accounts: asking.person === undefined ? [asking.account] : [],
    notify: true,
    where: 'room',
    field: { kind: 'answer', ...(run === undefined ? {} : { run }) },
  };
}
