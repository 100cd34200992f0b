import type { Change, PlannedChange } from './change.ts';
import type { Gate, Node } from './graph.ts';
import type { Json, JsonObject } from './json.ts';

/** A target as a run knows it; the rest is in the estate. */
export interface RunTarget {
  readonly name: string;
  readonly role: 'frontend' | 'backend' | 'distgit' | 'keygen';
  readonly driver: string;
}

/** What an answer is about: a gate, that a step is left out, or that it was done by hand. */
export type Subject = Gate | 'skip' | 'by-hand';

/** A step that somebody wants to leave out of an outage or a retirement, and why. */
export interface AskedSkip {
  readonly step: string;
  readonly person: string;
  /** All accounts of that person then. */
  readonly accounts?: readonly string[];
  readonly because: string;
  /** It was asked before the step was planned: leaving it out is agreed to whatever its changes become. */
  readonly unplanned?: true;
}

/** A step that somebody says to have done by hand, of which not everything can be read back. */
export interface AskedByHand {
  readonly step: string;
  readonly person: string;
  readonly because: string;
  /** What was read of it, a line each. */
  readonly read: readonly string[];
  /** Lines of the changes of which nothing can be read. */
  readonly unread: readonly string[];
}

/** What is asked of approvers in one message. */
export interface Asked {
  readonly request: string;
  /** Each gate with the hash that an approval of it binds; of a request to leave something out the one subject `skip`. */
  readonly gates: readonly { readonly gate: Subject; readonly hash: string }[];
  /** Persons who asked (of the run, of an alteration of its plan): none of them approves. */
  readonly askers: readonly string[];
  /** The accounts that they had when they asked: a person who is renamed, split or merged is still who asked. */
  readonly accounts?: readonly string[];
  /** Store time in ms from which an approval is too late. */
  readonly expiresAt: number;
  /** Why it is asked again, and what differs from the last time; shown. */
  readonly because: readonly string[];
  /** Of a request to leave something out. */
  readonly skip?: AskedSkip;
  /** Of a request to believe that something was done by hand. */
  readonly byHand?: AskedByHand;
}

/** Something that people outside are told. It is owed until it was told or ticked. */
export interface Announcement {
  /** Unique in the run: `outage-begins/tell`, … */
  readonly item: string;
  readonly channel: 'tell' | 'topic' | 'mail' | 'banner' | 'status' | 'ticket';
  /** Where: a room, mail addresses. */
  readonly to: readonly string[];
  readonly subject: string;
  readonly text: string;
}

/**
 * What a run is for: the upgrade of its targets; their retirement, by which old instances go; or their return, long after
 * the upgrade, to the old instances that are kept.
 */
export type What = 'upgrade' | 'retirement' | 'return';

/** Everything that can happen in a run. Steps are named by their key (`target/step`), changes by their id (`target/step/index`). */
export type Happened =
  | {
      readonly type: 'proposed';
      readonly uid: string;
      readonly id: string;
      readonly what: What;
      readonly environment: string;
      readonly targets: readonly RunTarget[];
      readonly asker: string;
      /** All accounts that the asker had then, whichever was used. Absent in journals of the first version. */
      readonly accounts?: readonly string[];
      readonly because: string | null;
      /** Fedora release to go to; null: the old one's plus two. */
      readonly release: number | null;
      /** The room where it was asked for. */
      readonly room: string;
      readonly cause: string;
      readonly nodes: readonly Node[];
      readonly kinds: { readonly [kind: string]: number };
      /** What the estate said for this run that plans read (addresses, volumes, options): frozen, so that a plan can be drawn again. */
      readonly settings: JsonObject;
    }
  | { readonly type: 'facts'; readonly target: string; readonly facts: JsonObject; readonly remarks: readonly string[] }
  /** Facts were read again: they are the same, or (not `holds`) the target isn't ready any more and they count no longer. */
  | { readonly type: 'facts-checked'; readonly target: string; readonly holds: boolean }
  | { readonly type: 'planned'; readonly step: string; readonly changes: readonly PlannedChange[] }
  | { readonly type: 'begun'; readonly step: string }
  | {
      readonly type: 'intended';
      readonly change: string;
      readonly generation: number;
      readonly key: string;
      readonly request: Change;
      readonly before: Json;
      readonly lease: number;
      readonly sendBy: number;
    }
  | { readonly type: 'made'; readonly change: string; readonly output: JsonObject }
  /** The world already showed the effect: found done, or found after a crash. */
  | { readonly type: 'found'; readonly change: string; readonly output: JsonObject; readonly saw: string }
  | {
      readonly type: 'refused';
      readonly change: string;
      readonly code: string;
      readonly sentence: string;
      readonly retry: boolean;
    }
  | { readonly type: 'unknown'; readonly change: string; readonly code: string; readonly sentence: string }
  /** The world showed that this generation ended without the effect, or with half of it: the next one gets another key. */
  | {
      readonly type: 'failed';
      readonly change: string;
      readonly generation: number;
      readonly code: string;
      readonly sentence: string;
    }
  | { readonly type: 'finished'; readonly step: string; readonly outputs: JsonObject; readonly note: string | null }
  | {
      readonly type: 'halted';
      readonly step: string;
      readonly code: string;
      readonly sentence: string;
      readonly evidence: readonly string[];
    }
  | ({ readonly type: 'requested' } & Asked)
  /** Where a message of ours went that later judgements need: `thread`, `request/N`, `live`. */
  | {
      readonly type: 'posted';
      readonly what: string;
      readonly room: string;
      readonly event: string;
      /** Of a request: the event by which we had come into the room. */
      readonly cameIn?: string;
    }
  | {
      readonly type: 'approved';
      readonly request: string;
      readonly gate: Subject;
      readonly hash: string;
      readonly person: string;
      readonly account: string;
      readonly reaction: string;
    }
  | { readonly type: 'rejected'; readonly request: string; readonly person: string; readonly account: string }
  | { readonly type: 'withdrawn'; readonly request: string; readonly person: string; readonly saw: string }
  | { readonly type: 'expired'; readonly request: string }
  /**
   * `drift`: the plan has another effect than the one that was asked for; the difference is shown and it is asked again.
   * `moot`: what was to be left out went another way meanwhile. `unseen`: we were out of the room, and may have missed an answer.
   * `estate`: its file says something else of what the plan was drawn from.
   */
  | {
      readonly type: 'voided';
      readonly request: string;
      readonly why: 'drift' | 'deleted' | 'restored' | 'asked-anew' | 'moot' | 'unseen' | 'estate';
      readonly difference: readonly string[];
    }
  | {
      readonly type: 'reminded';
      /** A request, `KEY#N` of a halt, or `retire`. */
      readonly about: string;
      readonly nth: number;
      readonly people: readonly string[];
      /** Of `retire`: whose old instances are kept. */
      readonly targets?: readonly string[];
    }
  | { readonly type: 'not-counted'; readonly request: string; readonly account: string; readonly why: string }
  /**
   * The estate's file was altered, and the run takes it: what hasn't begun is planned anew, with other settings and maybe in
   * another graph. What has begun keeps what it began with.
   */
  | {
      readonly type: 'estate-altered';
      /** A line each: the key, what it said and what it says. No secret stands in the estate. */
      readonly altered: readonly string[];
      readonly settings: JsonObject;
      /** Nodes that join the graph, or stand otherwise in it, and keys of those that leave it. */
      readonly nodes: readonly Node[];
      readonly gone: readonly string[];
      /** Steps that were made by what it said before, and would be another thing now. */
      readonly made: readonly string[];
    }
  /** The estate's file was altered, and the run keeps what it has; none: it says again what the run has. `stands`: the run waits for a person about that. */
  | { readonly type: 'estate-kept'; readonly altered: readonly string[]; readonly stands: string | null }
  | { readonly type: 'started'; readonly person: string }
  /** It could begin, but that of another run of the environment is on: it begins when that one is over. */
  | { readonly type: 'outage-waits'; readonly other: string }
  | { readonly type: 'outage-begun' }
  /** The outage is over: until then (store time in ms) both instances of its targets are kept as they are. */
  | { readonly type: 'window-begun'; readonly until: number }
  /** `!settle`: somebody ends that time. */
  | { readonly type: 'settled'; readonly person: string }
  | { readonly type: 'paused'; readonly person: string }
  | { readonly type: 'resumed'; readonly person: string }
  | { readonly type: 'taken'; readonly target: string; readonly person: string }
  | { readonly type: 'noted'; readonly person: string; readonly text: string }
  | { readonly type: 'retried'; readonly step: string; readonly person: string }
  | {
      readonly type: 'done-by-hand';
      readonly step: string;
      readonly person: string;
      readonly accounts?: readonly string[];
      readonly because: string;
    }
  | {
      readonly type: 'skipped';
      readonly step: string;
      readonly person: string;
      readonly accounts?: readonly string[];
      readonly because: string;
      /** In an outage or a retirement a second person agrees, by a request of this id; null: none was needed. */
      readonly request: string | null;
    }
  /** `!rollback` or `!cancel`: no further step of the targets starts; when the running ones have ended, the way back is planned. */
  | {
      readonly type: 'turning-back';
      readonly how: 'rollback' | 'cancel';
      readonly person: string;
      readonly accounts?: readonly string[];
      readonly because: string | null;
      readonly targets: readonly string[];
    }
  /** While a target turns back a look can't see how a step of it stands: it is given up at `until`, ms. */
  | { readonly type: 'unseen'; readonly step: string; readonly sentence: string; readonly until: number }
  /** The way back: forward steps of the targets that haven't run are dropped, undo steps join the graph with their changes. */
  | {
      readonly type: 'turned-back';
      readonly targets: readonly string[];
      readonly dropped: readonly string[];
      readonly nodes: readonly Node[];
      readonly plans: { readonly [step: string]: readonly PlannedChange[] };
      /** Whether each inverse stood in what was approved; otherwise gate `undo` is asked for. */
      readonly shown: boolean;
    }
  | ({ readonly type: 'owed' } & Announcement)
  | { readonly type: 'told'; readonly item: string; readonly by: string | null; readonly ref: string }
  /** All entries before are of a time when entries bore no seal; whoever has the key checked them by chain and mirror. */
  | { readonly type: 'sealed' }
  | { readonly type: 'ended'; readonly outcome: 'done' | 'cancelled' | 'rolled-back' };

/** An entry as it is given to the journal. `cause`: the chat event that brought it about; the same cause is taken once. */
export type NewEntry = Happened & { readonly cause?: string };

/** An entry as it stands in the journal, read by who has the journal's key. */
export type Entry = SealedEntry | UnsealedEntry;

/**
 * What stands at a place of the journal without its seal: somebody wrote it who hasn't the key, or it was moved there. Made
 * by who reads, never written; nothing of what stood there is in it.
 */
export interface UnsealedEntry {
  readonly type: 'unsealed';
  readonly v: 1;
  readonly seq: number;
  readonly at: number;
  readonly prev: string;
  /** Hash of what stands there. */
  readonly hash: string;
  /** It has no seal at all, as all entries once had none. */
  readonly bare: boolean;
  readonly cause?: undefined;
}

export type SealedEntry = NewEntry & {
  readonly v: 1;
  /** 1 for the first of a run. */
  readonly seq: number;
  /** ms: store time, never less than the previous entry's. */
  readonly at: number;
  /** Hash of the previous entry; '' for the first. */
  readonly prev: string;
  /** HMAC over all the rest and the run's id, in hex; entries of an old journal have none. */
  readonly seal?: string;
};

export type EntryOf<T extends Happened['type']> = Extract<Happened, { type: T }>;

const types: Readonly<Record<Happened['type'], true>> = {
  proposed: true,
  facts: true,
  'facts-checked': true,
  planned: true,
  begun: true,
  intended: true,
  made: true,
  found: true,
  refused: true,
  unknown: true,
  failed: true,
  finished: true,
  halted: true,
  requested: true,
  posted: true,
  approved: true,
  rejected: true,
  withdrawn: true,
  expired: true,
  voided: true,
  reminded: true,
  'not-counted': true,
  'estate-altered': true,
  'estate-kept': true,
  started: true,
  'outage-waits': true,
  'outage-begun': true,
  'window-begun': true,
  settled: true,
  paused: true,
  resumed: true,
  taken: true,
  noted: true,
  retried: true,
  'done-by-hand': true,
  skipped: true,
  'turning-back': true,
  unseen: true,
  'turned-back': true,
  owed: true,
  told: true,
  sealed: true,
  ended: true,
};

/** Whether this version of Ferry knows the entry's type and version; an unknown one halts the run. */
export function isKnown(entry: { readonly v: number; readonly type: string }): boolean {
  return entry.v === 1 && Object.hasOwn(types, entry.type);
}
