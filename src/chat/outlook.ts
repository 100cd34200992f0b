import { inOrder, isOutageNode, type Node, type Phase } from '#core/graph.ts';
import type { JsonObject } from '#core/json.ts';
import type { Run, StepState } from '#core/run.ts';

/** What users know Copr by. */
export const services = ['web and API', 'builds', 'repositories'] as const;
export type Service = (typeof services)[number];

/** While which steps of a role a service is down: from the begin of `from` to the end of `until`. */
export interface ServiceWindow {
  readonly service: Service;
  readonly role: 'frontend' | 'backend' | 'distgit' | 'keygen';
  /** The first of these that the run has. */
  readonly from: readonly string[];
  readonly until: readonly string[];
}

/** How long things take and what users notice of them: said in words, never judged by. */
export interface Outlook {
  readonly windows: readonly ServiceWindow[];
  /** About how long a step takes, ms. */
  stepTime(step: string): number;
  /** About how long undoing a step takes, ms. */
  backTime(step: string): number;
  /** What the check before an upgrade looks at, in words. */
  readonly checked: string;
  /** What there is to go back to and what was tried before, in words: "6 hot snapshots". */
  safeguards?(run: Run): readonly string[];
  /** Words in which kinds of changes are counted, for one and for several: "commit", "commits". */
  readonly counted?: Readonly<Record<string, readonly [one: string, many: string]>>;
  /** Which release a target has and which it gets, by its facts. */
  releases(facts: JsonObject): { readonly from: number; readonly to: number } | undefined;
  /** What stands in the hot-fixes of a target's old host, by its facts; undefined: nothing to show. */
  hotFixes?(facts: JsonObject): string | undefined;
  /**
   * What a run that turned back from a target left: instances, snapshots and volumes that others took the place of, by their ids;
   * of a retirement the volumes that it found.
   */
  kept?(run: Run, target: string): KeptThings;
  /** Where people reach by SSH what a step acts on; undefined: at the target's own address. */
  sshTo(run: Run, step: StepState): string | undefined;
}

export interface KeptThings {
  readonly instances: readonly string[];
  readonly snapshots: readonly string[];
  readonly volumes: readonly string[];
}

export interface ServiceState {
  readonly service: Service;
  /** Since when it is down, ms. */
  readonly downSince: number | undefined;
  /** When it is expected to go down, if it will. */
  readonly downFrom: number | undefined;
  /** When it is expected back. */
  readonly backAt: number | undefined;
  /** It comes back only once people have dealt with a halt: `backAt` counts from now on. */
  readonly held: boolean;
  /** When it came back in this run. */
  readonly upSince: number | undefined;
  /** How long it is down by estimate, ms; 0 when it isn't touched. */
  readonly length: number;
}

const isOver = (step: StepState) => step.status === 'done' || step.status === 'skipped' || step.status === 'dropped';

/** When each step will be over, ms, if all goes on from `now`: begun ones take their estimate, waiting ones come after theirs. */
export function forecast(
  run: Run,
  outlook: Outlook,
  now: number,
): Readonly<Record<string, { begin: number; end: number }>> {
  const times: Record<string, { begin: number; end: number }> = {};
  for (const key of inOrder(run.graph)) {
    const step = run.steps[key];
    if (step === undefined) continue;
    const after = step.node.after.map(one => times[one]?.end ?? 0);
    if (isOver(step)) {
      const end = step.endedAt ?? Math.max(0, ...after);
      times[key] = { begin: step.begunAt ?? end, end };
      continue;
    }
    const begin = step.begunAt ?? Math.max(now, ...after);
    const end = step.status === 'waiting' ? begin + outlook.stepTime(step.node.step) : now + restOf(step, outlook, now);
    times[key] = { begin, end };
  }
  return times;
}

/** How long what is left of the outage takes, its way back included, ms. */
export function outageLeft(run: Run, outlook: Outlook, now: number): number {
  return longest(run, isOutageNode, outlook, now);
}

/** How long the steps of some phases still take along their longest path, ms. What has run for a while takes the rest of its estimate. */
export function remaining(run: Run, phases: readonly Phase[], outlook: Outlook, now: number): number {
  return longest(run, ({ phase }) => phases.includes(phase), outlook, now);
}

function longest(run: Run, counts: (node: Node) => boolean, outlook: Outlook, now: number): number {
  const length: Record<string, number> = {};
  for (const key of inOrder(run.graph)) {
    const step = run.steps[key];
    if (step === undefined) continue;
    const before = Math.max(0, ...step.node.after.map(one => length[one] ?? 0));
    const own = isOver(step) || !counts(step.node) ? 0 : restOf(step, outlook, now);
    length[key] = before + own;
  }
  return Math.max(0, ...Object.values(length));
}

/** What a step still takes, ms: one that takes longer than thought is taken to need a tenth more; what halted begins anew. */
function restOf(step: StepState, outlook: Outlook, now: number): number {
  const whole = outlook.stepTime(step.node.step);
  if (step.status !== 'running' || step.begunAt === undefined) return whole;
  return Math.max(whole - (now - step.begunAt), whole / 10);
}

/** Each service's state in a run as of `now`. */
export function serviceStates(run: Run, outlook: Outlook, now: number): ServiceState[] {
  const times = forecast(run, outlook, now);
  const held = behindHalts(run);
  return services.map(service => {
    const windows = outlook.windows
      .filter(window => window.service === service)
      .flatMap(window => windowsOf(run, window));
    const begun = windows.filter(([first]) => first.begunAt !== undefined);
    const open = begun.filter(([, last]) => !isOver(last));
    const waiting = windows.filter(([first, last]) => first.status === 'waiting' && !isOver(last));
    const begin = (steps: readonly (readonly [StepState, StepState])[]) =>
      Math.min(...steps.map(([first]) => times[first.node.key]?.begin ?? now));
    const ends = [...open, ...waiting].map(([, last]) => times[last.node.key]?.end ?? now);
    const closed = begun.filter(([, last]) => isOver(last)).map(([, last]) => last.endedAt ?? now);
    const all = windows.map(
      ([first, last]) => [times[first.node.key]?.begin ?? 0, times[last.node.key]?.end ?? 0] as const,
    );
    return {
      service,
      downSince: open.length === 0 ? undefined : begin(open),
      downFrom: waiting.length === 0 ? undefined : begin(waiting),
      backAt: ends.length === 0 ? undefined : Math.max(...ends),
      held: [...open, ...waiting].some(([, last]) => held.has(last.node.key)),
      upSince: closed.length === 0 || open.length > 0 ? undefined : Math.max(...closed),
      length: all.length === 0 ? 0 : Math.max(...all.map(([, end]) => end)) - Math.min(...all.map(([first]) => first)),
    };
  });
}

/** Steps that have halted, and those that wait for them. */
function behindHalts(run: Run): ReadonlySet<string> {
  const held = new Set<string>();
  for (const key of inOrder(run.graph)) {
    const step = run.steps[key];
    if (step === undefined || isOver(step)) continue;
    if (step.status === 'halted' || step.node.after.some(one => held.has(one))) held.add(key);
  }
  return held;
}

/**
 * First and last step of each time in which a service is down, for each target of the role that the run has. A way back takes
 * down what was up again, and what was down stays so until its last step, the check of the old instance, has passed.
 */
function windowsOf(run: Run, window: ServiceWindow): Span[] {
  return run.targets
    .filter(target => target.role === window.role)
    .flatMap(({ name }): Span[] => {
      const find = (ids: readonly string[]) =>
        ids.map(id => run.steps[`${name}/${id}`]).find(step => step !== undefined && step.status !== 'skipped');
      const first = find(window.from.filter(id => wasReached(run.steps[`${name}/${id}`])));
      if (first === undefined) return [];
      const last = find(window.until);
      const back = stepsBack(run, name);
      const [down, end] = [back.find(step => step.node.undoes !== 'settle'), back.at(-1)];
      if (down === undefined || end === undefined) {
        if (last === undefined || (last.status === 'dropped' && first.begunAt === undefined)) return [];
        return [[first, last]];
      }
      if (first.begunAt === undefined) return [];
      const wasUp = last !== undefined && isOver(last) && last.status !== 'dropped';
      return wasUp
        ? [
            [first, last],
            [down, end],
          ]
        : [[first, end]];
    });
}

type Span = readonly [StepState, StepState];

/** It takes part in the run: it wasn't dropped before it began. */
function wasReached(step: StepState | undefined): boolean {
  return step !== undefined && (step.status !== 'dropped' || step.begunAt !== undefined);
}

/** What takes a target's outage back, in an order of the graph. */
function stepsBack(run: Run, target: string): StepState[] {
  return inOrder(run.graph).flatMap(key => {
    const step = run.steps[key];
    const mine = step?.node.phase === 'undo' && step.node.target === target && isOutageNode(step.node);
    return step !== undefined && mine ? [step] : [];
  });
}

/** Whether a run that turned back from a target left an instance of it. */
export function leavesInstance(run: Run, target: string, outlook: Outlook): boolean {
  return (outlook.kept?.(run, target).instances ?? []).length > 0;
}
