import type { EntryOf, NewEntry, Subject } from './entries.ts';
import type { Node } from './graph.ts';
import type { JsonObject } from './json.ts';
import { isAlive, isOver, type RequestState, type Run } from './run.ts';

/** What the estate's file says now of what a run froze, where that differs. */
export interface Redrawn {
  /** A line each: the key, what it said and what it says. Never empty. */
  readonly altered: readonly string[];
  /** What the run would be drawn from; or why it can't take that any more, which a person mends. */
  readonly draft: Draft | { readonly impossible: string };
}

/** A run as the estate would draw it now. */
export interface Draft {
  readonly settings: JsonObject;
  /** Nodes that join the graph, or stand otherwise in it. */
  readonly nodes: readonly Node[];
  /** Keys of nodes that leave it: nothing of them has begun. */
  readonly gone: readonly string[];
}

/** Judges a run by the estate as it is now; undefined: they agree. Pure. */
export type Redraw = (run: Run) => Redrawn | undefined;

interface Rules {
  /** Undefined where nothing is drawn from an estate (a procedure in small). */
  readonly redraw?: Redraw;
}

/**
 * Whether a run takes what the estate's file says anew: until its outage, or what can't be undone, begins, or it turns back.
 * From then on half of it is made, and what was approved is what people rely on: it keeps its settings to the end.
 */
export function followsEstate(run: Run): boolean {
  if (run.ended !== undefined || run.strange !== undefined || run.outageBegun !== undefined) return false;
  if (run.turning !== undefined || Object.keys(run.turned).length > 0) return false;
  return Object.values(run.steps).every(({ node, begunSeq }) => node.gate !== 'retire' || begunSeq === undefined);
}

/**
 * How the estate differs from what a run was drawn from, while the run has to follow it: nothing begins, no gate is open and no
 * approval counts until it does. Undefined: it is as the estate says, or keeps what it has.
 */
export function outdated(run: Run, { redraw }: Rules): Redrawn | undefined {
  return redraw !== undefined && followsEstate(run) ? redraw(run) : undefined;
}

/** Nothing can be planned for a target whose facts were read by what the estate said before; its way back needs no facts. */
export function isUnread(run: Run, { target, phase }: Node): boolean {
  return phase !== 'undo' && run.unread.includes(target);
}

/** Targets to read anew: whatever of them has halted waits for a person first. */
export function toReadAnew(run: Run): string[] {
  const halted = (target: string) =>
    Object.values(run.steps).some(step => step.status === 'halted' && step.node.target === target);
  return run.unread.filter(target => run.turned[target] === undefined && !halted(target));
}

/** Requests for what is still to come by what the estate said before, each void. What people did by hand was done. */
export function voidedByEstate(run: Run, altered: readonly string[]): NewEntry[] {
  const toCome = new Set<Subject | undefined>(
    Object.values(run.steps).flatMap(step => (isOver(step) ? [] : [step.node.gate])),
  );
  const asks = ({ gates, skip }: RequestState) => skip !== undefined || gates.some(one => toCome.has(one.gate));
  return run.requests
    .filter(request => isAlive(request) && asks(request))
    .map(({ request }) => ({ type: 'voided', request, why: 'estate', difference: altered }));
}

/**
 * What is said of an estate that a run doesn't take: once for each alteration, and once when it says again what the run has.
 */
export function keptEntry(run: Run, { redraw }: Rules): (NewEntry & EntryOf<'estate-kept'>) | undefined {
  if (redraw === undefined) return undefined;
  const redrawn = redraw(run);
  const altered = redrawn?.altered ?? [];
  if (altered.join('\n') === run.keptFrom.join('\n')) return undefined;
  const stands =
    redrawn !== undefined && followsEstate(run) && 'impossible' in redrawn.draft ? redrawn.draft.impossible : null;
  return { type: 'estate-kept', altered, stands };
}
