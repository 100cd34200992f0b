import type { PlannedChange } from '#core/change.ts';
import type { NewEntry } from '#core/entries.ts';
import { FerryError, Halt, NotSent, Refused } from '#core/errors.ts';
import { gateState } from '#core/gates.ts';
import type { Json, JsonObject } from '#core/json.ts';
import { isTurning } from '#core/readiness.ts';
import type { ChangeState, Run } from '#core/run.ts';
import type { Look } from './define-change.ts';
import type { Engine, Hold } from './engine.ts';
import type { RunHandle } from './run-handle.ts';
import { Stopped } from './stopped.ts';
import { ChangeWatch } from './watch-change.ts';

export { keyOf } from './change-key.ts';

/**
 * Makes one change of a step, wherever it stands: look, intend, make, look until it is there. Started again after a crash
 * it waits until the earlier request can't have an effect any more, looks, and goes on only where that is certain.
 *
 * @returns its output.
 * @throws Halt a person decides. Stopped nothing new was begun. LeaseLost another process has the run.
 */
export async function makeChange(
  engine: Engine,
  handle: RunHandle,
  hold: Hold,
  key: string,
  change: PlannedChange,
): Promise<JsonObject> {
  const making = new ChangeMaking(engine, handle, hold, key, change);
  try {
    return await making.run();
  } finally {
    engine.progress.set(handle.id, key, undefined);
  }
}

class ChangeMaking {
  readonly #engine: Engine;
  readonly #handle: RunHandle;
  readonly #hold: Hold;
  readonly #step: string;
  readonly #change: PlannedChange;
  readonly #watch: ChangeWatch;

  constructor(engine: Engine, handle: RunHandle, hold: Hold, step: string, change: PlannedChange) {
    this.#engine = engine;
    this.#handle = handle;
    this.#hold = hold;
    this.#step = step;
    this.#change = change;
    this.#watch = new ChangeWatch(engine, handle, hold, step, change);
  }

  async run(): Promise<JsonObject> {
    for (;;) {
      const { strange } = this.#handle.run;
      if (strange !== undefined) throw new Stopped(strange);
      const { state } = this.#watch;
      if (state.outcome === 'made') return state.output ?? {};
      const unclear = state.outcome === 'intended' || state.outcome === 'unknown';
      const before = unclear ? await this.#recover(state) : await this.#approach();
      if (before !== undefined) await this.#send(before.before);
    }
  }

  /** Nothing of this generation is under way: looks whether it can be made. @returns what an undo needs, or undefined when it is settled. */
  async #approach(): Promise<{ before: Json } | undefined> {
    const deadline = this.#engine.clock.now() + this.#watch.limit;
    let found = false;
    for (;;) {
      const look = await this.#watch.lookSurely();
      switch (look.is) {
        case 'before':
          return { before: look.before ?? null };
        case 'after':
          // Nobody asked for it here: an answer that is behind would settle what isn't so.
          if (this.#watch.kind.mayBeBehind === true && !found) {
            found = true;
            await this.#watch.pause(this.#engine.timing.poll);
            continue;
          }
          await this.#found(look, 'already so');
          return undefined;
        case 'not-yet':
        case 'under-way':
          found = false;
          this.#keepWaiting();
          await this.#watch.wait(look.is === 'not-yet' ? look.why : look.saw, deadline, 'waits-too-long');
          continue;
        case 'failed':
        case 'other':
          throw asHalt(look);
      }
    }
  }

  /** Nothing was sent: what waits to be made isn't made any more when its target turns back. */
  #keepWaiting(): void {
    const { run } = this.#handle;
    const step = run.steps[this.#step];
    if (step !== undefined && isTurning(run, step.node)) {
      throw new Halt('turning-back', `no longer waited for, since ${run.id} turns back: ${this.#change.says}`);
    }
  }

  /** A request left or may have left and its outcome isn't in the journal: waits for it to be over, looks, and judges. */
  async #recover(state: ChangeState): Promise<{ before: Json } | undefined> {
    const look = await this.#watch.untilClear(state.sendBy + this.#engine.timing.reply);
    switch (look.is) {
      case 'after':
        await this.#found(look, 'done, seen after an unclear outcome');
        return undefined;
      case 'before':
      case 'not-yet':
        this.#mayRepeat(state);
        return look.is === 'before' ? { before: state.before } : this.#approach();
      case 'under-way':
        await this.#settle();
        return undefined;
      case 'failed':
        await this.#failed(look);
        throw asHalt(look);
      case 'other':
        await this.#lost(look);
        return undefined;
    }
  }

  /** What was unclear too often, or is never repeated by itself, waits for a person; their `!retry` is the answer. */
  #mayRepeat(state: ChangeState): void {
    const { kind } = this.#watch;
    if (state.lookedAt || (kind.repeat !== 'ask' && state.unclear < this.#engine.timing.attempts)) return;
    const { says } = this.#change;
    throw new Halt('unclear', `nobody knows whether this was done: ${says}. The world looks as before.`);
  }

  /** Intends, at the very head at which the gate was judged open; then sends, once. */
  async #send(before: Json): Promise<void> {
    const { clock } = this.#engine;
    const { generation } = this.#watch.state;
    const { key } = this.#watch;
    const { id, kind, version, args } = this.#change;
    const lease = this.#hold.number;
    let sendBy = 0;
    let approvedBy: string | undefined;
    await this.#handle.record(run => {
      approvedBy = this.#judge(run);
      sendBy = Math.min(clock.now() + this.#engine.sendWithin, this.#hold.until());
      const request = { kind, version, args };
      return [{ type: 'intended', change: id, generation, key, request, before, lease, sendBy }];
    });
    let made: JsonObject;
    try {
      const { signal } = this.#hold;
      const by = approvedBy === undefined ? {} : { approvedBy };
      const send = { run: this.#handle.run.uid, key, lease, sendBy, now: () => clock.now(), signal, ...by };
      made = ((await this.#watch.kind.make(this.#engine.writers, args, send)) ?? {}) as JsonObject;
    } catch (error) {
      this.#hold.signal.throwIfAborted();
      if (error instanceof Refused || error instanceof NotSent) await this.#refused(error);
      else await this.#unknown(error as Error);
      return;
    }
    await this.#settle(made);
  }

  /** The process, the step and the gate still allow the next request. @returns who approved the gate, if there is one. */
  #judge(run: Run): string | undefined {
    this.#hold.signal.throwIfAborted();
    if (this.#hold.stopping.aborted) throw new Stopped('stopping');
    if (run.strange !== undefined) throw new Stopped(run.strange);
    const step = run.steps[this.#step];
    if (step === undefined || step.status !== 'running') throw new Stopped(`${this.#step} is ${step?.status}`);
    if ('impossible' in this.#change.undo && isTurning(run, step.node)) {
      throw new Halt(
        'turning-back',
        `not done, since it can't be undone and ${run.id} turns back: ${this.#change.says}`,
      );
    }
    const { gate } = step.node;
    if (gate === undefined) return undefined;
    const state = gateState(run, gate, this.#engine.policy(run.environment), this.#engine.clock.now(), step.begunSeq);
    if (state.open) return state.person;
    throw new Halt(
      'gate-closed',
      `${gate.toUpperCase()} is no longer approved (${state.why}); the changes still to come wait for a new approval: !ask ${run.id}`,
    );
  }

  /** Nothing happened: again after a while where that may help, a bounded number of times. */
  async #refused(error: Refused | NotSent): Promise<void> {
    const { timing } = this.#engine;
    const { code, message: sentence } = error;
    if (this.#watch.kind.spent?.includes(code) === true) {
      await this.#failed({ code, sentence });
      throw new Halt(code, sentence, { cause: error });
    }
    const retry = error instanceof NotSent || error.retry;
    await this.#append({ type: 'refused', change: this.#change.id, code, sentence, retry });
    const { refusals } = this.#watch.state;
    // What wasn't even sent is this process being slow, no answer of the world: soon again, and more often, before a person is called.
    const late = error instanceof NotSent;
    const attempts = late ? 5 * timing.attempts : timing.attempts;
    if (!retry || refusals >= attempts) throw new Halt(code, sentence, { cause: error });
    this.#keepTrying(sentence);
    this.#watch.say(`${sentence} Trying again (${refusals + 1} of ${attempts}).`);
    await this.#watch.pauseUnlessTurning(late ? timing.backoff : timing.backoff * 2 ** (refusals - 1));
    this.#keepTrying(sentence);
  }

  /** Nothing happened: what was refused isn't sent again when its target turns back. */
  #keepTrying(sentence: string): void {
    const { run } = this.#handle;
    const step = run.steps[this.#step];
    if (step !== undefined && isTurning(run, step.node)) {
      throw new Halt('turning-back', `${sentence} Not tried again, since ${run.id} turns back.`);
    }
  }

  async #unknown(error: Error): Promise<void> {
    const code = error instanceof FerryError ? error.code : 'unexpected';
    await this.#append({ type: 'unknown', change: this.#change.id, code, sentence: error.message });
    if (error instanceof Halt) throw error;
  }

  /** The request was taken: looks until its effect is there. */
  async #settle(made: JsonObject = {}): Promise<void> {
    const deadline = this.#engine.clock.now() + this.#watch.limit;
    for (;;) {
      const look = await this.#watch.lookSurely();
      switch (look.is) {
        case 'after':
          await this.#append({ type: 'made', change: this.#change.id, output: { ...look.output, ...made } });
          return;
        case 'failed':
          await this.#failed(look);
          throw asHalt(look);
        case 'other':
          await this.#lost(look);
          return;
        case 'before':
          await this.#watch.wait('the request was taken, its effect does not show yet', deadline, 'no-effect');
          continue;
        case 'under-way':
          await this.#watch.wait(look.saw, deadline, 'takes-too-long');
          continue;
        case 'not-yet':
          await this.#watch.wait(look.why, deadline, 'takes-too-long');
      }
    }
  }

  /** Neither before nor after. A kind that converges goes on with the next generation where this one's process is gone, a few times. */
  async #lost(look: Extract<Look, { is: 'other' }>): Promise<void> {
    const lost = this.#watch.kind.repeat === 'converges' && look.code === 'lost';
    if (lost) await this.#failed(look);
    if (!lost || this.#watch.state.generation > this.#engine.timing.attempts) throw asHalt(look);
  }

  async #found(look: Extract<Look, { is: 'after' }>, saw: string): Promise<void> {
    await this.#append({ type: 'found', change: this.#change.id, output: look.output, saw: look.saw ?? saw });
  }

  async #failed({ code, sentence }: { readonly code: string; readonly sentence: string }): Promise<void> {
    const { generation } = this.#watch.state;
    await this.#append({ type: 'failed', change: this.#change.id, generation, code, sentence });
  }

  #append(entry: NewEntry): Promise<void> {
    return this.#handle.record(() => [entry]);
  }
}

function asHalt(look: Extract<Look, { is: 'failed' | 'other' }>): Halt {
  return new Halt(look.code, look.sentence, { evidence: look.evidence });
}
