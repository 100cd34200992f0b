import type { PlannedChange } from '#core/change.ts';
import { FerryError, Halt } from '#core/errors.ts';
import { changeOf } from '#core/fold.ts';
import { isTurning } from '#core/readiness.ts';
import type { ChangeState } from '#core/run.ts';
import { keyOf } from './change-key.ts';
import type { ChangeDefinition, Look } from './define-change.ts';
import type { Engine, Hold } from './engine.ts';
import { OddReadings } from './odd-readings.ts';
import { kindDefinition } from './plan-step.ts';
import type { RunHandle } from './run-handle.ts';
import { Stopped } from './stopped.ts';
import { pauseAfter } from './world-timing.ts';

/**
 * Looks at how one change stands in the world, and waits. It changes nothing there, and journals no more than that it can't
 * see what people wait for.
 */
export class ChangeWatch {
  readonly kind: ChangeDefinition;
  readonly #engine: Engine;
  readonly #handle: RunHandle;
  readonly #hold: Hold;
  readonly #step: string;
  readonly #change: PlannedChange;

  /** @throws Halt `unknown-kind` when this version of Ferry can't read the change. */
  constructor(engine: Engine, handle: RunHandle, hold: Hold, step: string, change: PlannedChange) {
    this.#engine = engine;
    this.#handle = handle;
    this.#hold = hold;
    this.#step = step;
    this.#change = change;
    this.kind = kindDefinition(engine.procedure, change.kind, handle.run, change.version);
  }

  get state(): ChangeState {
    return changeOf(this.#handle.run, this.#change.id);
  }

  /** Key of the generation that counts now. */
  get key(): string {
    return keyOf(this.#handle.run.uid, this.#change.id, this.state.generation);
  }

  /** How long the change may take to show its effect, ms. */
  get limit(): number {
    return this.#engine.timing.limits[this.kind.limit];
  }

  /** Reads are tried again, with backoff. @throws Halt what the look says, or that it can't be seen. */
  async look(): Promise<Look> {
    const { clock, timing } = this.#engine;
    const { attempts, backoff } = timing;
    const odd = new OddReadings(timing, timing.doubt);
    for (let failures = 0; ; ) {
      this.#hold.signal.throwIfAborted();
      try {
        const about = { run: this.#handle.run.uid, key: this.key };
        return await this.kind.look(this.#engine.readers, this.#change.args, about);
      } catch (error) {
        this.#hold.signal.throwIfAborted();
        if (error instanceof Halt) {
          if (error.sure || odd.counts(clock.now(), error.message)) throw error;
          this.say(`looking again, before it counts: ${error.message}`);
          await this.pause(odd.pause);
          continue;
        }
        const until = this.#givesUpAt();
        if (failures >= attempts || clock.now() >= until) {
          const code = error instanceof FerryError ? error.code : 'unexpected';
          throw new Halt(code, `can't see how it stands: ${(error as Error).message}`, { cause: error });
        }
        const why = `can't see how it stands, trying again: ${(error as Error).message}`;
        this.say(why);
        await this.#sayUnseen(why, until);
        await this.pauseUnlessTurning(backoff * 2 ** failures);
        failures += 1;
      }
    }
  }

  /**
   * As `look`; what would call a person is looked at again, spaced, until it was seen often enough or is otherwise. What a
   * host's own command left behind (its exit status) is a fact at once.
   *
   * @param odd what else isn't believed when it was seen once.
   */
  async lookSurely(odd: readonly Look['is'][] = []): Promise<Look> {
    const { clock, timing } = this.#engine;
    const readings = new OddReadings(timing, this.kind.mayBeBehind === true ? timing.doubt : 2 * timing.poll);
    for (;;) {
      const look = await this.look();
      const isOdd = look.is === 'other' || (look.is === 'failed' && this.kind.mayBeBehind === true);
      if (!isOdd && !odd.includes(look.is)) return look;
      if (readings.counts(clock.now(), look.is === 'other' || look.is === 'failed' ? look.sentence : look.is))
        return look;
      this.say(`looking again, before it counts: ${'sentence' in look ? look.sentence : `it looks ${look.is}`}`);
      await this.pause(readings.pause);
    }
  }

  /**
   * An effect that shows is believed at once; that nothing happened only when nothing can happen any more, and by kinds
   * that ask for it on two spaced looks.
   *
   * @param over store time in ms from which the earlier request can't have an effect any more.
   */
  async untilClear(over: number): Promise<Look> {
    const { clock, timing } = this.#engine;
    for (;;) {
      const begun = clock.now();
      const look = await this.lookSurely();
      if (look.is === 'after' || look.is === 'under-way' || look.is === 'failed') return look;
      if (begun >= over) {
        if (this.kind.repeat !== 'look' && this.kind.mayBeBehind !== true) return look;
        await this.pause(timing.poll);
        const again = await this.lookSurely();
        if (again.is === look.is) return again;
        continue;
      }
      this.say('waiting until an earlier request has certainly ended');
      await this.pause(Math.min(timing.poll, Math.max(1, over - clock.now())));
    }
  }

  /** When a look that can't see is given up because its target turns back, ms. The way back looks again before it undoes anything. */
  #givesUpAt(): number {
    const { turning } = this.#handle.run;
    if (!this.#isTurning() || turning === undefined) return Number.POSITIVE_INFINITY;
    return turning.hurry ? 0 : turning.at + this.#engine.timing.limits.short;
  }

  #isTurning(): boolean {
    const node = this.#handle.run.graph[this.#step];
    return node !== undefined && isTurning(this.#handle.run, node);
  }

  /** Journals once, while the target turns back, that nobody can see: people wait for it. */
  async #sayUnseen(sentence: string, until: number): Promise<void> {
    if (until === Number.POSITIVE_INFINITY) return;
    const step = this.#step;
    await this.#handle.record(run =>
      run.turning === undefined || run.turning.hurry || run.turning.unseen[step] !== undefined
        ? []
        : [{ type: 'unseen', step, sentence: sentence.replace(', trying again', ''), until }],
    );
  }

  /** As `pause`, for as long as the target doesn't turn back; then no longer than between two looks. */
  async pauseUnlessTurning(ms: number): Promise<void> {
    const { clock, timing } = this.#engine;
    const { poll } = timing;
    for (const end = clock.now() + ms; clock.now() < end; ) {
      const turned = this.#isTurning();
      await this.pause(Math.min(poll, Math.max(1, end - clock.now())));
      await this.#handle.catchUp();
      if (turned || this.#isTurning()) return;
    }
  }

  /** One pause between looks. @throws Halt `code` when the deadline has passed. Stopped when the process was asked to stop. */
  async wait(why: string, deadline: number, code: string): Promise<void> {
    this.say(why);
    const { clock, timing } = this.#engine;
    const now = clock.now();
    if (now >= deadline) {
      const seconds = Math.round(this.limit / 1000);
      throw new Halt(code, `${this.#change.says}: not after ${seconds} s: ${why}`);
    }
    const waited = this.limit - (deadline - now);
    await this.pause(Math.min(pauseAfter(waited, timing), deadline - now));
  }

  /** @throws Stopped when the process was asked to stop: what is under way goes on outside and will be found. */
  async pause(ms: number): Promise<void> {
    const { signal, stopping } = this.#hold;
    try {
      if (!stopping.aborted) await this.#engine.clock.sleep(ms, AbortSignal.any([signal, stopping]));
    } catch (error) {
      if (!stopping.aborted) throw error;
    }
    signal.throwIfAborted();
    if (stopping.aborted) throw new Stopped('stopping');
  }

  /** What people see while they wait. */
  say(text: string): void {
    this.#engine.progress.set(this.#handle.id, this.#step, text);
  }
}
