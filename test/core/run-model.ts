import { expect } from 'vitest';
import type { Redraw } from '#core/altered-estate.ts';
import type { PlannedChange } from '#core/change.ts';
import { type DecidePolicy, makeRequest, mayStart } from '#core/decide.ts';
import type { NewEntry, RunTarget } from '#core/entries.ts';
import { type Gate, inOrder, type Node, nodeKey, wholeRun } from '#core/graph.ts';
import { isOver } from '#core/run.ts';
import { isCarriedOut, makeSkipRequest, skipHash } from '#core/skips.ts';
import { redrawn } from '#engine/redraw.ts';
import { History, minute, people } from '../builders/history.ts';
import { Oracle } from './run-oracle.ts';
import { nodesOf, type Sketch } from './run-sketch.ts';

const askers = ['alice', 'bob', 'carol', 'dan'];

/** Never asks for anything: at the end there is always somebody left who may approve. */
const bystander = 'zoe';

/** A run that goes its way by what `decide` says, by chance, and by what people do. The oracle watches each entry. */
export class RunModel {
  readonly history: History;
  readonly oracle: Oracle;
  readonly #choices: readonly number[];
  #next = 0;
  #salt = 0;
  readonly #changes: Readonly<Record<string, number>>;

  constructor(sketch: Sketch, choices: readonly number[]) {
    this.#choices = choices;
    const nodes = nodesOf(sketch);
    this.#changes = Object.fromEntries(
      sketch.targets.flatMap((steps, t) => steps.map((step, i) => [nodeKey(`t${t}`, `s${i}`), step.changes])),
    );
    const targets: RunTarget[] = sketch.targets.map((_, t) => ({ name: `t${t}`, role: 'backend', driver: 'alice' }));
    this.history = new History({
      type: 'proposed',
      uid: 'model',
      id: 'model-1',
      what: 'upgrade',
      environment: 'models',
      targets,
      asker: 'alice',
      because: null,
      release: null,
      room: '!r',
      cause: '$c',
      nodes,
      kinds: {},
      settings: { said: 0 },
    });
    this.history.policy = { ...people, approvers: [...askers, bystander] };
    this.#estateSays(0);
    this.oracle = new Oracle(this.history);
  }

  get spent(): boolean {
    return this.#next >= this.#choices.length;
  }

  /** The estate's file says something else; below zero: what no run can take. */
  #estateSays(said: number): void {
    const { history } = this;
    const redraw: Redraw = run => {
      if (run.settings.said === said) return undefined;
      const draft = said < 0 ? { impossible: 'put it back' } : { settings: { said }, nodes: [], gone: [] };
      return { altered: [`said: ${run.settings.said} → ${said}`], draft };
    };
    history.policy = { ...history.policy, redraw };
    this.oracle?.estateSays(said);
  }

  #redraw(): void {
    const { run, policy } = this.history;
    this.#add(...redrawn(run, policy, { steps: {}, kinds: {} }));
  }

  #choose(below: number): number {
    const choice = this.#choices[this.#next++] ?? 0;
    return choice % below;
  }

  #pick<T>(from: readonly T[]): T | undefined {
    return from.length === 0 ? undefined : from[this.#choose(from.length)];
  }

  /** Everything goes through here, so that the oracle sees each entry before it is applied. */
  #add(...entries: NewEntry[]): void {
    for (const entry of entries) {
      this.oracle.before(entry);
      this.history.add(entry);
      this.oracle.after(entry);
    }
  }

  /** What a chance step does: mostly what the engine would, sometimes what a person does, sometimes time passes. */
  chance(): void {
    switch (this.#choose(8)) {
      case 0:
      case 1:
        this.#person();
        return;
      case 2:
        this.history.later([1, minute, 20 * minute, 26 * 60 * minute, 4 * 24 * 60 * minute][this.#choose(5)] ?? 1);
        return;
      default:
        this.#engine(true);
    }
  }

  /** What happens when everybody does their best from now on. */
  goodwill(): void {
    const { history } = this;
    history.policy = { ...history.policy, approvers: [...askers, bystander], otherOutage: undefined };
    this.#estateSays(Number(history.run.settings.said));
    const { waiting } = history.decide();
    for (const one of waiting) {
      if (one.for === 'resume') this.#add({ type: 'resumed', person: 'alice' });
      if (one.for === 'halt') this.#add({ type: 'retried', step: one.step, person: 'alice' });
      if (one.for === 'approval') this.#approve(one.request, bystander);
      if (one.for === 'ask') this.#ask(one.gates);
      if (one.for === 'start') this.#add({ type: 'started', person: 'alice' });
    }
    this.#engine(false);
  }

  #engine(mayHalt: boolean): void {
    const { history } = this;
    const decision = history.decide();
    this.oracle.judge(decision);
    if (decision.turnBack) this.#turnBack();
    else if (decision.redraw) this.#redraw();
    else if (decision.plan.length > 0) for (const key of decision.plan) this.#plan(key);
    else if (decision.append.length > 0) this.#add(...decision.append);
    else if (decision.read.length > 0) this.#read(decision.read, mayHalt);
    else {
      const key = this.#pick(decision.start);
      if (key !== undefined) this.#run(key, mayHalt);
    }
  }

  #plan(key: string): void {
    const step = this.history.step(key);
    if (step.status === 'waiting') this.#add({ type: 'planned', step: key, changes: this.#changesOf(key) });
  }

  #changesOf(key: string): PlannedChange[] {
    return Array.from({ length: this.#changes[key] ?? 0 }, (_, index) => ({
      id: `${key}/${index}`,
      kind: 'put',
      version: 1,
      args: { key, salt: this.#salt, said: this.history.run.settings.said ?? 0 },
      undo: { rule: 'back' },
      says: `put ${key}`,
    }));
  }

  #read(targets: readonly string[], mayDrift: boolean): void {
    if (mayDrift && this.#choose(4) === 0) this.#salt += 1;
    for (const target of targets) this.#add({ type: 'facts', target, facts: { salt: this.#salt }, remarks: [] });
    const drifted = Object.values(this.history.run.steps).filter(
      step =>
        step.status === 'waiting' && step.node.phase !== 'undo' && step.plan?.some(one => one.args.salt !== this.#salt),
    );
    for (const step of drifted)
      this.#add({ type: 'planned', step: step.node.key, changes: this.#changesOf(step.node.key) });
    const gone = new Set<string | undefined>(drifted.map(step => step.node.gate));
    for (const request of this.history.run.requests) {
      if (request.status !== 'open' && request.status !== 'approved') continue;
      if (!request.gates.some(one => gone.has(one.gate))) continue;
      this.#add({ type: 'voided', request: request.request, why: 'drift', difference: ['salt'] });
    }
  }

  #run(key: string, mayHalt: boolean): void {
    const { history } = this;
    const step = history.step(key);
    if (step.status === 'waiting') {
      if (!mayStart(history.run, key, history.policy, history.now)) return;
      if (step.plan === undefined) this.#add({ type: 'planned', step: key, changes: this.#changesOf(key) });
      this.#add({ type: 'begun', step: key });
      return;
    }
    if (mayHalt && this.#choose(4) === 0) {
      this.#add({ type: 'halted', step: key, code: 'c', sentence: 's', evidence: [] });
      return;
    }
    this.#add({ type: 'finished', step: key, outputs: {}, note: null });
  }

  #turnBack(): void {
    const { run } = this.history;
    const targets = run.turning?.targets ?? [];
    const all = run.targets.every(one => targets.includes(one.name) || run.turned[one.name] !== undefined);
    const fresh = targets.filter(target => run.turned[target] === undefined);
    const mine = inOrder(run.graph)
      .map(key => this.history.step(key))
      .filter(step => fresh.includes(step.node.target) && step.node.phase !== 'undo');
    const dropped = mine.filter(step => !isOver(step)).map(step => step.node.key);
    if (all) {
      for (const step of Object.values(run.steps)) {
        const begun = step.node.phase === 'outage' && run.outageBegun !== undefined;
        if (step.node.target === wholeRun && step.status === 'waiting' && !begun) dropped.push(step.node.key);
      }
    }
    const shown = this.#choose(2) === 0;
    const nodes: Node[] = [];
    const plans: Record<string, PlannedChange[]> = {};
    for (const { node, begunSeq, plan } of mine.toReversed()) {
      if (begunSeq === undefined || plan === undefined || plan.length === 0) continue;
      const key = nodeKey(node.target, `undo-${node.step}`);
      const after = nodes.filter(one => one.target === node.target).map(one => one.key);
      nodes.push({ ...node, key, step: `undo-${node.step}`, phase: 'undo', gate: shown ? undefined : 'undo', after });
      plans[key] = plan.map((change, index) => ({ ...change, id: `${key}/${index}` }));
    }
    this.#add({ type: 'turned-back', targets, dropped, nodes, plans, shown });
  }

  #person(): void {
    const { run } = this.history;
    const person = this.#pick(askers) ?? 'alice';
    const steps = Object.values(run.steps);
    const halted = this.#pick(steps.filter(step => step.status === 'halted'));
    const alive = run.requests.filter(one => one.status === 'open' || one.status === 'approved');
    const request = this.#pick(alive.filter(one => !isCarriedOut(run, one)));
    switch (this.#choose(15)) {
      case 0:
      case 1:
      case 2:
        if (request !== undefined) this.#approve(request.request, person);
        return;
      case 3:
        if (request !== undefined) {
          const entry = { type: 'withdrawn', request: request.request, person, saw: 'gone' } as const;
          if (request.approvals.some(one => one.person === person)) this.#add(entry);
        }
        return;
      case 4:
        if (request !== undefined && !this.oracle.underWay(request)) {
          this.#add({ type: 'rejected', request: request.request, person, account: person });
        }
        return;
      case 5:
        if (this.history.decide().waiting.some(one => one.for === 'start')) this.#add({ type: 'started', person });
        return;
      case 6:
        this.#add(run.paused === undefined ? { type: 'paused', person } : { type: 'resumed', person });
        return;
      case 7:
        if (halted !== undefined) this.#add({ type: 'retried', step: halted.node.key, person });
        return;
      case 8:
        if (halted !== undefined) this.#add({ type: 'done-by-hand', step: halted.node.key, person, because: 'b' });
        return;
      case 9: {
        const step = halted ?? this.#pick(steps.filter(one => one.status === 'waiting'));
        if (step !== undefined) this.#skip(step.node.key, person);
        return;
      }
      case 10: {
        const target = this.#pick(run.targets.filter(one => run.turned[one.name] === undefined));
        if (target === undefined || run.turning !== undefined) return;
        const how = run.outageBegun === undefined ? 'cancel' : 'rollback';
        this.#add({ type: 'turning-back', how, person, because: null, targets: [target.name] });
        return;
      }
      case 11: {
        const { policy } = this.history;
        const approvers = policy.approvers.includes(person)
          ? policy.approvers.filter(one => one !== person)
          : [...policy.approvers, person];
        this.history.policy = { ...policy, approvers } satisfies DecidePolicy;
        return;
      }
      case 13:
        this.#estateSays(this.#choose(4) - 1);
        return;
      case 12: {
        const { policy } = this.history;
        this.history.policy = { ...policy, otherOutage: policy.otherOutage === undefined ? 'model-0' : undefined };
        return;
      }
      default: {
        const ask = this.history.decide().waiting.find(one => one.for === 'ask');
        if (ask?.for === 'ask') this.#ask(ask.gates);
      }
    }
  }

  #skip(step: string, person: string): void {
    const { run, policy, now } = this.history;
    const skip = { step, person, because: 'b' };
    if (run.outageBegun === undefined) this.#add({ type: 'skipped', ...skip, request: null });
    else if (skipHash(run, skip) !== undefined) this.#add(makeSkipRequest(run, skip, policy, now));
  }

  #ask(gates: readonly Gate[]): void {
    const { run, policy, now } = this.history;
    this.#add(makeRequest(run, gates, run.requests.length + 1, ['asked'], policy, now));
  }

  #approve(id: string, person: string): void {
    const request = this.history.run.requests.find(one => one.request === id);
    expect(request).toBeDefined();
    if (request === undefined || this.history.now >= request.expiresAt) return;
    for (const { gate, hash } of request.gates) {
      this.#add({ type: 'approved', request: id, gate, hash, person, account: person, reaction: '$' });
    }
  }
}
