import type { Args } from '#chat/arguments.ts';
import type { ChatEstate } from '#chat/chat-estate.ts';
import { commands } from '#commands/index.ts';
import { mayStart } from '#core/decide.ts';
import type { NewEntry } from '#core/entries.ts';
import { BadInput } from '#core/errors.ts';
import { wholeRun } from '#core/graph.ts';
import type { Run, StepState } from '#core/run.ts';
import { type Procedure, plannedOrHalted } from '#engine/plan-step.ts';
import type { Recorded, RunsService } from '#engine/runs.ts';
import { turnBack } from '#engine/turn-back.ts';
import { chatEstate, toyOutlook } from '../builders/chat-estate.ts';
import { History, people } from '../builders/history.ts';
import { OrderOracle } from './order-oracle.ts';
import { type OrderSketch, orderProcedure, realNodes, targetsOfSketch } from './order-procedure.ts';

export const persons = ['alice', 'bob', 'carol', 'dan'] as const;

/** Approves whatever nobody else may: never asks for anything. */
const bystander = 'zoe';

/** A run over a real graph that people meddle with by the real commands, and that goes on by what `decide` says. */
export class OrderRun {
  readonly history: History;
  readonly #procedure: Procedure;
  readonly #oracle = new OrderOracle();
  readonly #estate: ChatEstate;
  #seen = 0;
  #causes = 0;

  constructor(sketch: OrderSketch) {
    this.#procedure = orderProcedure(sketch);
    const targets = targetsOfSketch(sketch).map(({ name, role }) => ({ name, role, driver: 'alice' }));
    const kinds = Object.fromEntries(Object.values(this.#procedure.kinds).map(one => [one.kind, one.version]));
    this.history = new History({
      type: 'proposed',
      uid: 'order',
      id: 'dev-1',
      what: sketch.what,
      environment: 'dev',
      targets,
      asker: 'alice',
      because: null,
      release: null,
      room: '!work:sim',
      cause: '$c',
      nodes: realNodes(sketch),
      kinds,
      settings: {},
    });
    const approvers = [...persons, bystander];
    this.history.policy = { ...people, approvers };
    const estate = chatEstate();
    const dev = estate.environments.dev;
    this.#estate = { ...estate, environments: dev === undefined ? {} : { dev: { ...dev, approvers } } };
    this.#watch();
  }

  get run(): Run {
    return this.history.run;
  }

  get ended(): boolean {
    return this.run.ended !== undefined;
  }

  steps(): StepState[] {
    return Object.values(this.run.steps);
  }

  add(...entries: NewEntry[]): void {
    this.history.add(...entries);
    this.#watch();
  }

  #watch(): void {
    for (const entry of this.history.entries.slice(this.#seen)) this.#oracle.take(entry);
    this.#seen = this.history.entries.length;
  }

  /** Somebody gives a command; a refusal is an answer, too. @returns whether it was taken. */
  async says(person: string, name: string, args: Partial<Args>): Promise<boolean> {
    const command = commands.find(one => one.name === name);
    if (command === undefined) throw new Error(`no command ${name}`);
    this.#causes += 1;
    const cause = `$${this.#causes}`;
    const account = `@${person}:sim`;
    const asking = { person, account, accounts: [account], room: '!work:sim', cause, kind: 'work' as const };
    const drawing = { estate: this.#estate, procedure: this.#procedure, outlook: toyOutlook };
    const clock = { now: () => this.history.now, sleep: async () => {} };
    const parts = { runs: this.#runs(), estate: this.#estate, drawing, procedure: this.#procedure, clock };
    const context = { ...asking, ...parts, environments: ['dev'], run: this.run };
    try {
      await command.run(context as never, { targets: [], words: [], because: 'x', ...args } as never);
      return true;
    } catch (error) {
      if (error instanceof BadInput) return false;
      throw error;
    }
  }

  #runs(): Pick<RunsService, 'record' | 'list' | 'get'> {
    return {
      list: async () => [this.run],
      get: async () => this.run,
      record: async (_id, cause, judge): Promise<Recorded> => {
        const [first, ...rest] = judge(this.run, this.history.now);
        if (first !== undefined) this.add({ ...first, ...(cause === undefined ? {} : { cause }) }, ...rest);
        return { run: this.run, entries: [], again: false };
      },
    };
  }

  /** What the engine would do next. @param chance which of the steps that may run; @param fault it halts, before or in the middle. */
  turn(chance: number, fault: boolean): void {
    const decision = this.history.decide();
    if (decision.turnBack) this.add(...turnBack(this.run, this.#procedure));
    else if (decision.plan.length > 0)
      this.add(...decision.plan.map(key => plannedOrHalted(this.run, key, this.#procedure)));
    else if (decision.append.length > 0) this.add(...decision.append);
    else if (decision.read.length > 0) {
      for (const target of decision.read) this.add({ type: 'facts', target, facts: {}, remarks: [] });
    } else {
      const key = decision.start[chance % Math.max(1, decision.start.length)];
      if (key !== undefined) this.#move(key, fault);
    }
  }

  #move(key: string, fault: boolean): void {
    const step = this.history.step(key);
    if (step.status === 'waiting') {
      if (!mayStart(this.run, key, this.history.policy, this.history.now)) return;
      if (step.plan === undefined) this.add(plannedOrHalted(this.run, key, this.#procedure));
      this.add({ type: 'begun', step: key });
      return;
    }
    const next = (step.plan ?? []).find(one => this.run.changes[one.id]?.outcome !== 'made');
    if (fault) this.add({ type: 'halted', step: key, code: 'c', sentence: 's', evidence: [] });
    else if (next === undefined || step.status === 'by-hand')
      this.add({ type: 'finished', step: key, outputs: {}, note: null });
    else this.add({ type: 'made', change: next.id, output: {} });
  }

  /** Whoever may gives what is waited for, but for what has halted. */
  answers(): void {
    for (const one of this.history.decide().waiting) {
      if (one.for === 'approval') this.#approve(one.request);
      if (one.for === 'start') this.add({ type: 'started', person: 'alice' });
    }
  }

  /** Everybody does their best from now on. */
  goodwill(): void {
    for (const one of this.history.decide().waiting) {
      if (one.for === 'resume') this.add({ type: 'resumed', person: 'alice' });
      if (one.for === 'halt') this.add({ type: 'retried', step: one.step, person: 'alice' });
    }
    this.answers();
    this.turn(0, false);
  }

  /** A second person agrees to what was asked last. */
  agree(): void {
    const request = this.run.requests.at(-1);
    if (request?.status === 'open') this.#approve(request.request);
  }

  #approve(id: string): void {
    this.history.approve(id, bystander);
    this.#watch();
  }

  knows(name: string): boolean {
    return commands.some(one => one.name === name);
  }

  /** A step that somebody may name: any, one that has halted, one whose turn it is, or a check. */
  pick(among: 'all' | 'halted' | 'next' | 'checks', place: number): StepState | undefined {
    const next = (step: StepState) =>
      step.status === 'waiting' && step.node.after.every(key => this.history.step(key).status === 'done');
    const steps = this.steps().filter(step => {
      if (among === 'all') return true;
      if (among === 'halted') return step.status === 'halted';
      return among === 'next' ? next(step) : /^(check|snapshot|back-up|announce)-/.test(step.node.step);
    });
    return steps[place % Math.max(1, steps.length)];
  }

  /** How a command names the step's target; a step of the run is named without. */
  targetArgument({ node }: StepState): string[] {
    return node.target === wholeRun ? [] : [node.target];
  }
}
