import type { Change, Undo } from '#core/change.ts';
import type { Json, JsonObject } from '#core/json.ts';
import type { ComputeReader, ComputeWriter } from '#ports/compute.ts';
import type { DnsReader } from '#ports/dns.ts';
import type { InventoryReader, InventoryWriter } from '#ports/inventory.ts';
import type { Send } from '#ports/send.ts';
import type { ShellReader, ShellWriter } from '#ports/shell.ts';

/** The reading halves of the ports: what `look`, `verify` and `read` may use. */
export interface Readers {
  readonly compute: ComputeReader;
  readonly shell: ShellReader;
  readonly inventory: InventoryReader;
  readonly dns: DnsReader;
}

/** Both halves: what `make` may use. Lint lets only `src/changes/` see it. */
export interface Writers {
  readonly compute: ComputeReader & ComputeWriter;
  readonly shell: ShellReader & ShellWriter;
  readonly inventory: InventoryReader & InventoryWriter;
}

/**
 * What the world shows of a change.
 *
 * - `before`: not made. `before` keeps what an undo needs (what was enabled, the file's old text).
 * - `after`: made, with its output.
 * - `under-way`: the request was taken and the effect is coming (detaching, a process lives): wait.
 * - `not-yet`: it can't be made now, but waiting helps (a process holds the mount); `why` is shown live.
 * - `failed`: this generation ended without the effect (a playbook's exit status); a person decides, a retry gets a new key.
 * - `other`: neither before nor after nor on the way between; a person decides.
 */
export type Look<O extends JsonObject = JsonObject> =
  | { readonly is: 'before'; readonly before?: Json }
  | { readonly is: 'after'; readonly output: O; readonly saw?: string }
  | { readonly is: 'under-way'; readonly saw: string }
  | { readonly is: 'not-yet'; readonly why: string }
  | { readonly is: 'failed'; readonly code: string; readonly sentence: string; readonly evidence: readonly string[] }
  | { readonly is: 'other'; readonly code: string; readonly sentence: string; readonly evidence: readonly string[] };

/** Names the attempt that a look is about. */
export interface About {
  /** Uid of the run. */
  readonly run: string;
  /** Key of the current generation: token, directory, tag, trailer. */
  readonly key: string;
}

/**
 * Why making it again after an unclear outcome is safe.
 *
 * - `token`: the other side recognises the key (ClientToken, a directory that is the claim).
 * - `converges`: making it twice gives the same world; a generation whose process is lost may be followed by another.
 * - `look`: only after two spaced looks that both say `before`.
 * - `ask`: never; a person looks.
 */
export type Repeat = 'token' | 'converges' | 'look' | 'ask';

/** Names of the limits in the estate's `timing.world.limits`: how long a change of a kind may take to show its effect. */
export type LimitName =
  | 'short'
  | 'launch'
  | 'volume'
  | 'snapshot'
  | 'power'
  | 'network'
  | 'command'
  | 'playbook'
  | 'build'
  | 'dump'
  | 'upgrade'
  | 'holders'
  | 'certificate';

/** One kind of change. Every function but `look` and `make` is pure. */
export interface ChangeDefinition<A extends JsonObject = JsonObject, O extends JsonObject = JsonObject> {
  readonly kind: string;
  readonly version: number;
  /** Its line in the approval message: what happens, with every id whole. */
  say(args: A): string;
  /** Reads only. */
  look(ports: Readers, args: A, about: About): Promise<Look<O>>;
  /** Sends the request, once; the engine then looks until `after`. What it returns is merged over the look's output. */
  make(ports: Writers, args: A, send: Send): Promise<Partial<O> | undefined>;
  /** At plan time `made` is absent: then a change whose undo needs it answers with a rule in words. */
  inverse(args: A, made?: { readonly before: Json; readonly output: O }): Undo;
  readonly repeat: Repeat;
  /** How long from the request to `after`, and how long `not-yet` may last. */
  readonly limit: LimitName;
  /**
   * What a person did by hand doesn't show in its look (a playbook that they played): for `!done` the step's own check
   * decides. Of every other kind the look decides too.
   */
  readonly unseen?: boolean;
  /**
   * Codes of refusals that say: what this key once made has ended, and it makes nothing more. Halts; a retry makes the next
   * generation.
   */
  readonly spent?: readonly string[];
  /**
   * Its look asks what answers from replicas (EC2): an answer may be behind. Nothing that this run didn't just ask for is
   * believed when it was seen once, and what a person would be called for is looked at as long as `timing.doubt` says.
   */
  readonly mayBeBehind?: boolean;
  /** The command that a person would type to do it by hand, for `plan --by-hand`. */
  byHand(args: A): string;
}

/** Makes a change of the kind; its definition hangs on it for the registry. */
export interface ChangeMaker<A extends JsonObject, O extends JsonObject> {
  (args: A): Change;
  readonly definition: ChangeDefinition<A, O>;
}

/** Defines a kind of change. The result is called with arguments to plan one. */
export function defineChange<A extends JsonObject, O extends JsonObject = JsonObject>(
  definition: ChangeDefinition<A, O>,
): ChangeMaker<A, O> {
  const make = (args: A): Change => ({ kind: definition.kind, version: definition.version, args });
  return Object.assign(make, { definition });
}

/** All kinds, by name: `src/changes/index.ts`. */
export type Kinds = Readonly<Record<string, ChangeDefinition>>;

/** @throws Error when two kinds have one name. */
export function kindsOf(makers: readonly { readonly definition: unknown }[]): Kinds {
  const kinds: Record<string, ChangeDefinition> = {};
  for (const maker of makers) {
    const definition = maker.definition as ChangeDefinition;
    if (kinds[definition.kind] !== undefined) throw new Error(`two kinds of change are named ${definition.kind}`);
    kinds[definition.kind] = definition;
  }
  return kinds;
}
