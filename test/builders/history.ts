import { type DecidePolicy, type Decision, decide } from '#core/decide.ts';
import type { Entry, NewEntry } from '#core/entries.ts';
import { advance, fold } from '#core/fold.ts';
import { type GateState, gateState } from '#core/gates.ts';
import type { Gate } from '#core/graph.ts';
import type { Run, StepState } from '#core/run.ts';
import type { Procedure } from '#engine/plan-step.ts';
import { planStep } from '#engine/plan-step.ts';

/** Minutes in ms. */
export const minute = 60_000;

export const people: DecidePolicy = {
  approvers: ['alice', 'bob', 'carol', 'dan'],
  people: {
    remind: 15 * minute,
    page: 30 * minute,
    expire: 3 * 24 * 60 * minute,
    haltRemind: 5 * minute,
    haltPage: 10 * minute,
  },
  freshFacts: 15 * minute,
};

/** A journal in memory: entries in a chain, and the run that they fold to. */
export class History {
  readonly entries: Entry[] = [];
  policy: DecidePolicy = people;
  now = Date.UTC(2026, 10, 23, 16);
  #run: Run | undefined;

  constructor(...entries: NewEntry[]) {
    this.add(...entries);
  }

  get run(): Run {
    if (this.#run === undefined) throw new Error('nothing was proposed');
    return this.#run;
  }

  /** Appends entries, at the history's time. */
  add(...entries: NewEntry[]): this {
    for (const entry of entries) {
      const head = this.#run?.head ?? { seq: 0, hash: '' };
      const sealed = { ...entry, v: 1, seq: head.seq + 1, at: this.now, prev: head.hash } as Entry;
      this.entries.push(sealed);
      if (this.#run === undefined) this.#run = fold([sealed]);
      else advance(this.#run, sealed);
    }
    return this;
  }

  later(ms: number): this {
    this.now += ms;
    return this;
  }

  decide(): Decision {
    return decide(this.run, this.policy, this.now);
  }

  step(key: string): StepState {
    const step = this.run.steps[key];
    if (step === undefined) throw new Error(`no step ${key}`);
    return step;
  }

  gate(gate: Gate, since?: number): GateState {
    return gateState(this.run, gate, this.policy, this.now, since);
  }

  /** Begins a step and finishes it, its changes made. */
  finish(key: string, outputs: Record<string, string> = {}): this {
    const step = this.step(key);
    if (step.plan === undefined) this.add({ type: 'planned', step: key, changes: [] });
    if (step.status === 'waiting') this.add({ type: 'begun', step: key });
    for (const change of step.plan ?? []) this.add({ type: 'made', change: change.id, output: {} });
    return this.add({ type: 'finished', step: key, outputs, note: null });
  }

  /** Plans what `decide` wants planned. */
  plan(procedure: Procedure): this {
    for (const key of this.decide().plan) {
      this.add({ type: 'planned', step: key, changes: planStep(this.run, key, procedure) });
    }
    return this;
  }

  /** Somebody approves all gates of a request. */
  approve(request: string, person: string): this {
    const asked = this.run.requests.find(one => one.request === request);
    for (const { gate, hash } of asked?.gates ?? []) {
      this.add({ type: 'approved', request, gate, hash, person, account: `@${person}:sim`, reaction: `$${person}` });
    }
    return this;
  }
}
