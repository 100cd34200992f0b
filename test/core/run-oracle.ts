import { expect } from 'vitest';
import type { Decision } from '#core/decide.ts';
import type { NewEntry, Subject } from '#core/entries.ts';
import type { Gate } from '#core/graph.ts';
import { predecessors } from '#core/graph.ts';
import { canonical } from '#core/json.ts';
import { isOver, type RequestState, type StepState } from '#core/run.ts';
import type { History } from '../builders/history.ts';

/** What one request stands for, kept by the oracle in its own words. */
interface Asked {
  readonly id: string;
  readonly gates: readonly Subject[];
  /** The step that is to be left out. */
  readonly skip: string | undefined;
  readonly askers: readonly string[];
  readonly expiresAt: number;
  /** What each step behind the gates was to do when it was asked. */
  readonly shown: ReadonlyMap<string, string>;
  /** What the estate said then. */
  readonly said: number;
  over: boolean;
  /** Persons who approve now, and since when the request has been approved for the first time. */
  readonly approving: Set<string>;
  approvedAt: number | undefined;
}

/** Watches a run's entries and says what must never be, from the entries alone and in another way than the code. */
export class Oracle {
  readonly #history: History;
  readonly #asked: Asked[] = [];
  readonly #turned = new Set<string>();
  readonly #everBegun: { readonly step: string; readonly at: number }[] = [];
  #outageAt: number | undefined;
  #started = false;
  #paused = false;
  #ended = false;
  /** What the estate says, and what the run took of it last. */
  #said = 0;
  #taken = 0;
  #at = 0;

  constructor(history: History) {
    this.#history = history;
  }

  estateSays(said: number): void {
    this.#said = said;
  }

  /** What a run goes by: the estate of now, until its outage begins or it turns back. */
  get #effective(): number {
    return this.#outageAt === undefined && this.#turned.size === 0 ? this.#said : this.#taken;
  }

  before(entry: NewEntry): void {
    this.#at += 1;
    expect(this.#ended, 'nothing follows the end').toBe(false);
    if (entry.type === 'begun') this.#mayBegin(this.#history.step(entry.step));
    if (entry.type === 'outage-begun') this.#outageMayBegin();
    if (entry.type === 'skipped' && this.#outageAt !== undefined) this.#mayBeLeftOut(entry);
    if (entry.type === 'ended') {
      expect(this.#steps().every(isOver), 'a run ends when all its steps are over').toBe(true);
    }
  }

  after(entry: NewEntry): void {
    switch (entry.type) {
      case 'estate-altered':
        this.#taken = Number(entry.settings.said);
        expect(this.#taken, 'what is taken is what the estate says').toBe(this.#said);
        for (const { request, status, gates, skip } of this.#history.run.requests) {
          if (status !== 'open' && status !== 'approved') continue;
          const needed = this.#isStillNeeded({ gates: gates.map(one => one.gate), skip: skip?.step });
          expect(needed, `${request} is void: it was asked by what the estate said before`).toBe(false);
        }
        return;
      case 'begun':
        this.#everBegun.push({ step: entry.step, at: this.#at });
        return;
      case 'outage-begun':
        this.#outageAt = this.#at;
        return;
      case 'skipped':
        // Whatever asked to leave it out is answered by that.
        for (const one of this.#asked) if (one.skip === entry.step) one.over = true;
        return;
      case 'ended':
        this.#ended = true;
        return;
      case 'started':
        this.#started = true;
        return;
      case 'paused':
        this.#paused = true;
        return;
      case 'resumed':
        this.#paused = false;
        return;
      case 'turning-back':
        this.#paused = false;
        for (const target of entry.targets) this.#turned.add(target);
        return;
      case 'requested':
        this.#ask(entry);
        return;
      case 'approved': {
        const asked = this.#find(entry.request);
        asked.approvedAt ??= this.#at;
        asked.approving.add(entry.person);
        return;
      }
      case 'withdrawn':
        this.#find(entry.request).approving.delete(entry.person);
        return;
      case 'rejected':
      case 'expired':
      case 'voided':
        this.#find(entry.request).over = true;
    }
  }

  /** What a decision must be, whatever the run is. */
  judge(decision: Decision): void {
    const { start, plan, read, turnBack, redraw, append, waiting } = decision;
    const something =
      start.length + plan.length + read.length + append.length + waiting.length > 0 || turnBack || redraw;
    expect(something, 'a run that has not ended starts, appends or waits for something').toBe(!this.#ended);
    for (const step of this.#steps()) {
      if (step.status === 'running') expect(start).toContain(step.node.key);
      if (this.#isFree(step)) expect([...start, ...(turnBack ? [step.node.key] : [])]).toContain(step.node.key);
    }
  }

  /** Something that the request allows has begun after its approval. */
  underWay(request: RequestState): boolean {
    const asked = this.#find(request.request);
    if (asked.approvedAt === undefined) return false;
    const since = asked.approvedAt;
    const ofOutage = asked.gates.some(gate => gate !== 'live' && gate !== 'undo' && gate !== 'skip');
    if (ofOutage && (this.#outageAt ?? 0) > since) return true;
    return this.#everBegun.some(one => {
      const { gate } = this.#history.step(one.step).node;
      return one.at > since && gate !== undefined && asked.gates.includes(gate);
    });
  }

  #steps(): StepState[] {
    return Object.values(this.#history.run.steps);
  }

  /** Something that it asked for is still to come, or to be left out. */
  #isStillNeeded({ gates, skip }: Pick<Asked, 'gates' | 'skip'>): boolean {
    if (skip !== undefined) return !isOver(this.#history.step(skip));
    const ofGate = ({ node }: StepState) => node.gate !== undefined && gates.includes(node.gate);
    return this.#steps().some(step => ofGate(step) && !isOver(step) && step.status !== 'by-hand');
  }

  #mayBegin(step: StepState): void {
    const { node, plan } = step;
    if (node.phase !== 'undo') {
      const by = new Set((plan ?? []).map(change => change.args.said));
      for (const said of by) expect(said, `${node.key} is planned by what the estate says`).toBe(this.#effective);
    }
    expect(step.status).toBe('waiting');
    expect(this.#paused, 'a paused run begins nothing').toBe(false);
    if (node.phase !== 'undo') {
      expect(this.#turned.has(node.target), 'a target that turned back goes no further forward').toBe(false);
    }
    if (node.phase === 'outage' || node.phase === 'settle') {
      expect(this.#outageAt, 'nothing of the outage begins before it').toBeDefined();
    }
    expect(this.#isStopped(node.target) && node.target !== 'run', 'a halt stops its target').toBe(false);
    for (const key of predecessors(this.#history.run.graph, node.key)) {
      expect(isOver(this.#history.step(key)), 'what comes before is over').toBe(true);
    }
    if (node.gate !== undefined && (plan?.length ?? 0) > 0) {
      expect(this.#isOpen(node.gate, step), `${node.gate} is open for ${node.key}`).toBe(true);
    }
  }

  #outageMayBegin(): void {
    expect(this.#started, 'somebody said start').toBe(true);
    expect(this.#paused).toBe(false);
    expect(this.#history.policy.otherOutage, 'one outage at a time').toBeUndefined();
    for (const step of this.#steps()) {
      if (step.node.phase === 'prepare') expect(isOver(step), 'prepared').toBe(true);
      const later = step.node.phase === 'outage' || step.node.phase === 'settle';
      const toCome = later && !isOver(step) && step.status !== 'by-hand';
      if (!toCome) continue;
      expect(step.plan, 'planned whole').toBeDefined();
      if (step.node.gate !== undefined && step.plan!.length > 0) {
        expect(this.#isOpen(step.node.gate, step), `${step.node.gate} is open when the outage begins`).toBe(true);
      }
    }
  }

  /** In an outage: somebody else than the two who asked agreed to it, in time, and to the step as it is now. */
  #mayBeLeftOut(entry: Extract<NewEntry, { type: 'skipped' }>): void {
    const step = this.#history.step(entry.step);
    const asked = this.#asked.find(one => one.id === entry.request);
    expect(asked?.skip, 'a second person was asked about this step').toBe(entry.step);
    if (asked === undefined) return;
    expect(asked.over, 'and the request stands').toBe(false);
    expect(this.#history.now, 'in time').toBeLessThan(asked.expiresAt);
    expect(asked.shown.get(entry.step), 'about the step as it is').toBe(standing(step));
    const { approvers } = this.#history.policy;
    const agree = [...asked.approving].filter(
      one => one !== 'alice' && one !== entry.person && approvers.includes(one),
    );
    expect(agree, 'and agrees').not.toEqual([]);
  }

  /** Two persons, in time, not taken back, and for what this step will do. */
  #isOpen(gate: Gate, step: StepState): boolean {
    const asked = this.#asked.findLast(one => one.gates.includes(gate));
    if (asked === undefined || asked.over) return false;
    if (step.node.phase !== 'undo' && asked.said !== this.#effective) return false;
    if (asked.shown.get(step.node.key) !== effect(step)) return false;
    const { now, policy, run } = this.#history;
    const request = run.requests.find(one => one.request === asked.id)!;
    if (now >= asked.expiresAt && !this.underWay(request)) return false;
    return [...asked.approving].some(person => policy.approvers.includes(person) && !asked.askers.includes(person));
  }

  #ask(entry: Extract<NewEntry, { type: 'requested' }>): void {
    for (const other of this.#asked) {
      const same = other.gates.some(gate => entry.gates.some(one => one.gate === gate));
      if (same && other.skip === entry.skip?.step) other.over = true;
    }
    const gates = entry.gates.map(one => one.gate);
    const shown = new Map<string, string>();
    for (const step of this.#steps()) {
      if (step.node.gate !== undefined && gates.includes(step.node.gate)) shown.set(step.node.key, effect(step));
    }
    const skip = entry.skip?.step;
    if (skip !== undefined) shown.set(skip, standing(this.#history.step(skip)));
    expect(entry.askers).toContain('alice');
    if (entry.skip !== undefined) expect(entry.askers).toContain(entry.skip.person);
    for (const { hash } of entry.gates) expect(hash).toMatch(/^[0-9a-f]{64}$/);
    const { request: id, askers, expiresAt } = entry;
    const asked = { id, gates, skip, askers, expiresAt, shown, said: this.#effective };
    this.#asked.push({ ...asked, over: false, approving: new Set(), approvedAt: undefined });
  }

  #find(id: string): Asked {
    return this.#asked.find(one => one.id === id)!;
  }

  /** Something of a target halted; what halts in prepare holds up only what depends on it, which isn't over before it is. */
  #isStopped(target: string): boolean {
    return this.#steps().some(
      one => one.status === 'halted' && one.node.target === target && one.node.phase !== 'prepare',
    );
  }

  /** An ungated step of a target without a halt, with everything before it done: a halt elsewhere must not keep it. */
  #isFree(step: StepState): boolean {
    const { run } = this.#history;
    const { node } = step;
    if (this.#effective !== this.#taken || run.unread.includes(node.target)) return false;
    if (this.#ended || this.#paused || step.status !== 'waiting' || node.gate !== undefined) return false;
    if (this.#asked.some(one => one.skip === node.key && !one.over)) return false;
    if (node.target === 'run' || node.phase === 'undo' || this.#turned.has(node.target)) return false;
    if (node.phase !== 'prepare' && this.#outageAt === undefined) return false;
    if (this.#isStopped(node.target)) return false;
    const passed = (key: string): boolean => {
      const before = run.steps[key];
      return before?.status === 'done' || (before?.status === 'skipped' && before.node.after.every(passed));
    };
    return node.after.every(passed);
  }
}

/** How a step stands when somebody wants to leave it out. */
function standing(step: StepState): string {
  return `${step.status} ${step.halts} ${effect(step)}`;
}

function effect(step: StepState): string {
  return canonical((step.plan ?? []).map(({ kind, version, args, undo }) => [kind, version, args, undo]));
}
