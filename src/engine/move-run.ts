import { type DecidePolicy, type Decision, decide } from '#core/decide.ts';
import type { NewEntry } from '#core/entries.ts';
import { mayBegin } from '#core/readiness.ts';
import type { Run } from '#core/run.ts';
import type { Lease } from '#ports/journal.ts';
import type { Engine, Hold } from './engine.ts';
import { OtherOutage } from './other-outage.ts';
import { plannedOrHalted } from './plan-step.ts';
import { redrawn } from './redraw.ts';
import { refreshFacts } from './refresh-facts.ts';
import { resolveUnclear } from './resolve-unclear.ts';
import { LeaseLost, RunHandle } from './run-handle.ts';
import { runStep } from './run-step.ts';
import { Stopped } from './stopped.ts';
import { turnBack } from './turn-back.ts';
import { warmAgainAt, warmFacts } from './warm-facts.ts';

/**
 * Moves a run as far as it goes: takes its lease, does what `decide` says, and lets go when it waits for a person or a
 * time. Nothing happens where another process holds the lease.
 *
 * @param stopping aborted to stop cleanly: the changes in hand are finished or left attached, nothing new begins.
 * @param kill aborted to stop at once, as a crash would.
 */
export async function moveRun(engine: Engine, id: string, stopping: AbortSignal, kill?: AbortSignal): Promise<void> {
  if (stopping.aborted) return;
  const lease = await engine.leases.take(id);
  if (lease === undefined) return;
  await new RunMover(engine, lease, stopping, kill).move();
}

class RunMover {
  readonly #engine: Engine;
  readonly #lease: Lease;
  readonly #stopping: AbortSignal;
  readonly #lost = new AbortController();
  readonly #signal: AbortSignal;
  readonly #running = new Map<string, Promise<void>>();
  readonly #hold: Hold;
  #warming: Promise<void> | undefined;
  #until = 0;
  #failure: unknown;
  #poke: () => void = () => {};
  #poked = false;

  constructor(engine: Engine, lease: Lease, stopping: AbortSignal, kill?: AbortSignal) {
    this.#engine = engine;
    this.#lease = lease;
    this.#stopping = stopping;
    this.#signal = kill === undefined ? this.#lost.signal : AbortSignal.any([this.#lost.signal, kill]);
    this.#hold = { number: lease.number, until: () => this.#until, signal: this.#signal, stopping };
  }

  async move(): Promise<void> {
    const { journal, leases, log, estate } = this.#engine;
    const id = this.#lease.run;
    const renewed = await leases.renew(this.#lease);
    if (renewed === undefined) return;
    this.#until = renewed;
    const renewing = this.#renew();
    const unsubscribe = journal.onAppend(run => {
      if (run === id) this.#wakeUp();
    });
    const forget = estate?.onTaken(() => this.#wakeUp());
    const onStop = () => this.#wakeUp();
    this.#stopping.addEventListener('abort', onStop);
    this.#signal.addEventListener('abort', onStop);
    try {
      const handle = await RunHandle.open(id, journal, this.#lease);
      await this.#loop(handle);
      if (this.#failure !== undefined) throw this.#failure;
    } catch (error) {
      if (error instanceof LeaseLost || error instanceof Stopped) return;
      if (this.#signal.aborted && this.#failure === undefined) return;
      log.error({ run: id, error: String((error as Error).stack) }, 'a run could not be moved');
      throw error;
    } finally {
      this.#stopping.removeEventListener('abort', onStop);
      this.#signal.removeEventListener('abort', onStop);
      unsubscribe();
      forget?.();
      this.#lost.abort(new LeaseLost(id));
      await Promise.allSettled([renewing, this.#warming, ...this.#running.values()]);
    }
  }

  async #loop(handle: RunHandle): Promise<void> {
    const { leases, clock } = this.#engine;
    for (;;) {
      if (this.#signal.aborted) return;
      this.#poked = false;
      await handle.catchUp();
      const policy = await this.#policy(handle);
      const decision = decide(handle.run, policy, clock.now());
      if (await this.#advance(handle, decision, policy)) continue;
      for (const key of decision.start) this.#start(handle, key);
      const wakeAt = this.#soon(this.#warm(handle, decision), policy);
      if (this.#running.size > 0 || this.#warming !== undefined) {
        await this.#changeOrTime(wakeAt);
        continue;
      }
      const { ended, head } = handle.run;
      if (ended !== undefined) await this.#engine.journal.unlock(handle.id);
      const dueAt = this.#stopping.aborted ? clock.now() : wakeAt;
      if (await leases.park(this.#lease, head.seq, ended === undefined ? dueAt : undefined)) return;
    }
  }

  /** The estate as it is now, and, where the run's outage may begin, which other one is on. */
  async #policy({ run }: RunHandle): Promise<DecidePolicy> {
    const { clock, journal } = this.#engine;
    if (!mayBegin(run, this.#engine.policy(run.environment), clock.now())) return this.#engine.policy(run.environment);
    // From here on the run keeps what it has: what the file says by now counts.
    await this.#engine.estate?.look();
    const policy = this.#engine.policy(run.environment);
    return { ...policy, otherOutage: await journal.otherOutage(run.id) };
  }

  /** While another outage is on, it is looked at again: nobody says to this run that it is over. */
  #soon(wakeAt: number | undefined, { otherOutage }: DecidePolicy): number | undefined {
    if (otherOutage === undefined) return wakeAt;
    const { clock, timing } = this.#engine;
    return Math.min(wakeAt ?? Number.POSITIVE_INFINITY, clock.now() + timing.poll);
  }

  /** What goes on without starting a step: entries that follow, plans, facts, the way back. @returns whether anything did. */
  async #advance(handle: RunHandle, decision: Decision, policy: DecidePolicy): Promise<boolean> {
    if (this.#stopping.aborted) return false;
    const { procedure, clock } = this.#engine;
    if (decision.turnBack) {
      if (!(await this.#resolved(handle))) return false;
      await handle.record(run => turnBack(run, procedure));
      return true;
    }
    if (decision.redraw) {
      // Another process may have taken what this one doesn't know yet.
      await this.#engine.estate?.look();
      await handle.record(run => redrawn(run, this.#engine.policy(run.environment), procedure));
      return true;
    }
    if (decision.plan.length > 0) {
      await this.#plan(handle, decision.plan);
      return true;
    }
    if (decision.append.length > 0) {
      const { otherOutage } = policy;
      // Judged anew at the head that the append checks.
      const judge = (run: Run) =>
        decide(run, { ...this.#engine.policy(run.environment), otherOutage }, clock.now()).append;
      await handle.record(judge).catch(error => {
        // Another outage began just now: the next look finds it.
        if (!(error instanceof OtherOutage)) throw error;
      });
      return true;
    }
    if (decision.read.length > 0) {
      if (this.#warming !== undefined) {
        // What is being read already may be all that is missing.
        await this.#warming;
        return true;
      }
      await refreshFacts(this.#engine, handle, decision.read);
      return true;
    }
    return false;
  }

  /** @returns false when the process was asked to stop meanwhile. */
  async #resolved(handle: RunHandle): Promise<boolean> {
    try {
      await resolveUnclear(this.#engine, handle, this.#hold);
      return true;
    } catch (error) {
      if (error instanceof Stopped) return false;
      throw error;
    }
  }

  async #plan(handle: RunHandle, keys: readonly string[]): Promise<void> {
    const { procedure } = this.#engine;
    await handle.record(run => {
      const entries: NewEntry[] = [];
      for (const key of keys) {
        if (run.steps[key]?.status !== 'waiting' || run.steps[key]?.plan !== undefined) continue;
        entries.push(plannedOrHalted(run, key, procedure));
      }
      return entries;
    });
  }

  /** Reads facts beside everything else, one reading at a time. @returns when to decide again. */
  #warm(handle: RunHandle, { warm, wakeAt }: Decision): number | undefined {
    if (warm.length === 0 || this.#stopping.aborted) return wakeAt;
    const again = warmAgainAt(this.#engine, handle.id);
    if (this.#engine.clock.now() < again) return Math.min(wakeAt ?? again, again);
    this.#warming ??= warmFacts(this.#engine, handle, warm)
      .catch(error => this.#fail(error))
      .finally(() => {
        this.#warming = undefined;
        this.#wakeUp();
      });
    return wakeAt;
  }

  /** What can't be put into words is the journal's own trouble: this process lets go of the run. */
  #fail(error: unknown): void {
    this.#failure ??= error;
    this.#lost.abort(error);
  }

  #start(handle: RunHandle, key: string): void {
    if (this.#running.has(key) || this.#stopping.aborted) return;
    const running = runStep(this.#engine, handle, this.#hold, key)
      .catch(error => this.#fail(error))
      .finally(() => {
        this.#running.delete(key);
        this.#wakeUp();
      });
    this.#running.set(key, running);
  }

  async #renew(): Promise<void> {
    const { clock, leases, renewEvery } = this.#engine;
    while (!this.#signal.aborted) {
      try {
        await clock.sleep(renewEvery, this.#signal);
        const until = await leases.renew(this.#lease);
        if (until === undefined) {
          this.#lost.abort(new LeaseLost(this.#lease.run));
          return;
        }
        this.#until = until;
      } catch {
        // The store is away or we were told to stop: what was known to be held runs out by itself.
        if (clock.now() >= this.#until) this.#lost.abort(new LeaseLost(this.#lease.run));
      }
    }
  }

  #wakeUp(): void {
    this.#poked = true;
    this.#poke();
  }

  /** Until a step ended, the journal went on, or the time has come. */
  async #changeOrTime(wakeAt: number | undefined): Promise<void> {
    if (this.#poked) return;
    const { clock } = this.#engine;
    const timer = new AbortController();
    const poke = new Promise<void>(resolve => {
      this.#poke = resolve;
    });
    const time =
      wakeAt === undefined ? poke : clock.sleep(Math.max(0, wakeAt - clock.now()), timer.signal).catch(() => undefined);
    await Promise.race([poke, time]);
    timer.abort();
    this.#poke = () => {};
  }
}
