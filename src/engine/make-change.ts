import type { PlannedChange } from '#core/change.ts';
import { FerryError, Halt, NotSent, Refused } from '#core/errors.ts';
import { changeOf } from '#core/fold.ts';
import { gateState } from '#core/gates.ts';
import type { Json, JsonObject } from '#core/json.ts';
import type { ChangeState, StepState } from '#core/run.ts';
import type { About, ChangeDefinition, Look } from './define-change.ts';
import type { Engine, Hold } from './engine.ts';
import { kindDefinition } from './plan-step.ts';
import type { RunHandle } from './run-handle.ts';

/** The step stopped before its next change, because the process was asked to stop or the step's gate was closed. */
export class Stopped extends Error {}

/** A change's name outside: run uid, change, generation; it fits EC2's 64 characters and a directory's name. */
export function keyOf(uid: string, change: string, generation: number): string {
  const key = `${uid}.${change.replaceAll('/', '.')}.g${generation}`;
  if (key.length > 64 || !/^[A-Za-z0-9._-]+$/.test(key)) throw new Error(`${key} doesn't fit a client token`);
  return key;
}

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
  const maker = new ChangeMaking(engine, handle, hold, key, change);
  try {
    return await maker.run();
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
  readonly #kind: ChangeDefinition;

  constructor(engine: Engine, handle: RunHandle, hold: Hold, step: string, change: PlannedChange) {
    this.#engine = engine;
    this.#handle = handle;
    this.#hold = hold;
    this.#step = step;
    this.#change = change;
    this.#kind = kindDefinition(engine.procedure, change.kind, handle.run);
  }

  get #state(): ChangeState {
    return changeOf(this.#handle.run, this.#change.id);
  }

  #about(generation = this.#state.generation): About {
    const { uid } = this.#handle.run;
    return { run: uid, key: keyOf(uid, this.#change.id, generation) };
  }

  async run(): Promise<JsonObject> {
    for (;;) {
      const state = this.#state;
      if (state.outcome === 'made') return state.output ?? {};
      const unclear = state.outcome === 'intended' || state.outcome === 'unknown';
      const before = unclear ? await this.#recover(state) : await this.#approach();
      if (before === undefined) continue;
      await this.#send(before.before);
    }
  }

  /** Nothing of this generation is under way: looks whether it can be made. @returns what an undo needs, or undefined when it is settled. */
  async #approach(): Promise<{ before: Json } | undefined> {
    const deadline = this.#engine.clock.now() + this.#limit;
    for (;;) {
      const look = await this.#look();
      switch (look.is) {
        case 'before':
          return { before: look.before ?? null };
        case 'after':
          await this.#append({
            type: 'found',
            change: this.#change.id,
            output: look.output,
            saw: look.saw ?? 'already so',
          });
          return undefined;
        case 'not-yet':
        case 'under-way':
          await this.#wait(look.is === 'not-yet' ? look.why : look.saw, deadline, 'waits-too-long');
          continue;
        case 'failed':
        case 'other':
          throw new Halt(look.code, look.sentence, { evidence: look.evidence });
      }
    }
  }

  /** A request left or may have left and its outcome isn't in the journal: waits for it to be over, looks, and judges. */
  async #recover(state: ChangeState): Promise<{ before: Json } | undefined> {
    const over = state.sendBy + this.#engine.timing.reply;
    const look = await this.#lookUntilClear(over);
    switch (look.is) {
      case 'after':
        await this.#append({
          type: 'found',
          change: this.#change.id,
          output: look.output,
          saw: look.saw ?? 'done, seen after an unclear outcome',
        });
        return undefined;
      case 'before':
      case 'not-yet':
        if (this.#kind.repeat === 'ask') {
          throw new Halt(
            'unclear',
            `nobody knows whether this was done: ${this.#kind.say(this.#change.args)}. The world looks as before.`,
          );
        }
        return { before: state.before };
      case 'under-way':
        await this.#settle();
        return undefined;
      case 'failed':
        await this.#failed(look);
        throw new Halt(look.code, look.sentence, { evidence: look.evidence });
      case 'other':
        if (this.#kind.repeat === 'converges' && look.code === 'lost') {
          await this.#failed(look);
          return undefined;
        }
        throw new Halt(look.code, look.sentence, { evidence: look.evidence });
    }
  }

  /** An effect that shows is believed at once; that nothing happened only when nothing can happen any more, and on two spaced looks. */
  async #lookUntilClear(over: number): Promise<Look> {
    for (;;) {
      const look = await this.#look();
      if (look.is === 'after' || look.is === 'under-way' || look.is === 'failed') return look;
      const now = this.#engine.clock.now();
      if (now >= over) {
        if (this.#kind.repeat !== 'look' && this.#kind.lookTwice !== true) return look;
        await this.#engine.clock.sleep(this.#engine.timing.poll, this.#hold.signal);
        const again = await this.#look();
        if (again.is === look.is) return again;
        continue;
      }
      this.#say('waiting until an earlier request has certainly ended');
      await this.#engine.clock.sleep(Math.min(this.#engine.timing.poll, over - now), this.#hold.signal);
    }
  }

  /** Intends, at the very head at which the gate was judged open; then sends, once. */
  async #send(before: Json): Promise<void> {
    const { clock, timing, sendWithin } = this.#engine;
    const { generation } = this.#state;
    const { key } = this.#about(generation);
    let sendBy = 0;
    await this.#handle.record(run => {
      this.#mayGoOn();
      const step = run.steps[this.#step];
      if (step === undefined || step.status !== 'running') throw new Stopped(`${this.#step} is ${step?.status}`);
      this.#judgeGate(step);
      sendBy = Math.min(clock.now() + sendWithin, this.#hold.until());
      const { kind, version, args } = this.#change;
      return [
        {
          type: 'intended',
          change: this.#change.id,
          generation,
          key,
          request: { kind, version, args },
          before,
          lease: this.#hold.number,
          sendBy,
        },
      ];
    });
    let made: JsonObject = {};
    try {
      const send = {
        run: this.#handle.run.uid,
        key,
        lease: this.#hold.number,
        sendBy,
        now: () => clock.now(),
        signal: this.#hold.signal,
      };
      const reply = await this.#kind.make(this.#engine.writers, this.#change.args, send);
      made = (reply ?? {}) as JsonObject;
    } catch (error) {
      this.#hold.signal.throwIfAborted();
      if (error instanceof NotSent) return;
      if (error instanceof Refused) {
        const { code, message: sentence, retry } = error;
        await this.#append({ type: 'refused', change: this.#change.id, code, sentence, retry });
        const { refusals } = this.#state;
        if (!retry || refusals >= timing.attempts) throw new Halt(code, sentence, { cause: error });
        this.#say(`${sentence} Trying again (${refusals + 1} of ${timing.attempts}).`);
        await clock.sleep(timing.backoff * 2 ** (refusals - 1), this.#hold.signal);
        return;
      }
      const code = error instanceof FerryError ? error.code : 'unexpected';
      await this.#append({ type: 'unknown', change: this.#change.id, code, sentence: (error as Error).message });
      return;
    }
    await this.#settle(made);
  }

  /** The request was taken: looks until its effect is there. */
  async #settle(made: JsonObject = {}): Promise<void> {
    const deadline = this.#engine.clock.now() + this.#limit;
    for (;;) {
      const look = await this.#look();
      switch (look.is) {
        case 'after':
          await this.#append({ type: 'made', change: this.#change.id, output: { ...look.output, ...made } });
          return;
        case 'failed':
          await this.#failed(look);
          throw new Halt(look.code, look.sentence, { evidence: look.evidence });
        case 'other':
          if (this.#kind.repeat === 'converges' && look.code === 'lost') {
            await this.#failed(look);
            return;
          }
          throw new Halt(look.code, look.sentence, { evidence: look.evidence });
        case 'before':
          await this.#wait('the request was taken, its effect does not show yet', deadline, 'no-effect');
          continue;
        case 'under-way':
          await this.#wait(look.saw, deadline, 'takes-too-long');
          continue;
        case 'not-yet':
          await this.#wait(look.why, deadline, 'takes-too-long');
      }
    }
  }

  #judgeGate(step: StepState): void {
    const { gate } = step.node;
    if (gate === undefined) return;
    const run = this.#handle.run;
    const state = gateState(run, gate, this.#engine.policy(run.environment), this.#engine.clock.now(), step.begunSeq);
    if (!state.open) {
      throw new Halt(
        'gate-closed',
        `${gate.toUpperCase()} is no longer approved (${state.why}); the changes still to come wait for a new approval: !ask ${run.id}`,
      );
    }
  }

  #mayGoOn(): void {
    this.#hold.signal.throwIfAborted();
    if (this.#hold.stopping.aborted) throw new Stopped('stopping');
  }

  async #look(): Promise<Look> {
    for (let failures = 0; ; failures += 1) {
      this.#hold.signal.throwIfAborted();
      try {
        return await this.#kind.look(this.#engine.readers, this.#change.args, this.#about());
      } catch (error) {
        this.#hold.signal.throwIfAborted();
        if (error instanceof Halt || failures >= this.#engine.timing.attempts) {
          const { code, message } = error as FerryError;
          throw error instanceof Halt
            ? error
            : new Halt(code ?? 'unexpected', `can't see how it stands: ${message}`, { cause: error });
        }
        this.#say(`can't see how it stands, trying again: ${(error as Error).message}`);
        await this.#engine.clock.sleep(this.#engine.timing.backoff * 2 ** failures, this.#hold.signal);
      }
    }
  }

  async #wait(why: string, deadline: number, code: string): Promise<void> {
    this.#say(why);
    const { clock, timing } = this.#engine;
    const now = clock.now();
    if (now >= deadline)
      throw new Halt(
        code,
        `${this.#kind.say(this.#change.args)}: not after ${Math.round(this.#limit / 1000)} s: ${why}`,
      );
    if (this.#hold.stopping.aborted) throw new Stopped('stopping; what is under way goes on and will be found');
    await clock.sleep(Math.min(timing.poll, deadline - now), this.#hold.signal);
  }

  async #failed(look: { readonly code: string; readonly sentence: string }): Promise<void> {
    const { generation } = this.#state;
    await this.#append({
      type: 'failed',
      change: this.#change.id,
      generation,
      code: look.code,
      sentence: look.sentence,
    });
  }

  #append(entry: Parameters<RunHandle['hold']>[0]): Promise<void> {
    return this.#handle.record(() => [entry]);
  }

  #say(text: string): void {
    this.#engine.progress.set(this.#handle.id, this.#step, text);
  }

  get #limit(): number {
    return this.#engine.timing.limits[this.#kind.limit];
  }
}
