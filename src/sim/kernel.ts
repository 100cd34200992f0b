import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FaultAnswer, FaultDetails, FaultKind, FaultMatch, SimCall, SimService, WorldState } from './state.ts';
import { WorldJson } from './world-json.ts';

interface Fault {
  id: number;
  match: FaultMatch;
  kind: FaultKind;
  answer: FaultAnswer | undefined;
  details: FaultDetails;
  left: number;
  released: Promise<void>;
  release: () => void;
}

/** A delay of the world that somebody may have waited for. Times in ms. */
export interface SimWait {
  readonly from: number;
  to: number;
  /** Of what: an instance, a volume, a host, the output file of a detached command. */
  readonly about: string;
}

/** What a fault asks of the service that meets it; `undefined`: nothing, answer as usual. */
export interface Met {
  readonly kind: Exclude<FaultKind, 'hold-before' | 'hold-after' | 'slow'>;
  /** Of the kind `answer`. */
  readonly answer?: FaultAnswer;
  /** Of the kind `terminated`. */
  readonly reason?: string;
}

/**
 * The simulator's heart: the state, world time and delays, what was called and what it changed, and the faults. Services
 * (EC2, hosts, homeserver, …) mutate `state` and say so with `effect`.
 */
export class Kernel {
  readonly dir: string;
  readonly state: WorldState;
  readonly calls: SimCall[] = [];
  readonly effects: SimCall[] = [];
  /** Every delay so far: what a measurement compares with. */
  readonly waits: SimWait[] = [];
  speed: number | 'max';
  #seq = 0;
  #faults: Fault[] = [];
  #nextFault = 1;
  readonly #saves: 'always' | 'at-stop';
  #saveSoon: NodeJS.Immediate | undefined;
  #timers = new Set<NodeJS.Timeout>();
  #wakers = new Set<() => void>();
  #pauses = new Set<() => void>();
  readonly #json = new WorldJson();

  /** @param saves `at-stop` for a world that is never killed: the whole of it is written after every effect else. */
  constructor(
    dir: string,
    seed: () => WorldState,
    speed: number | 'max',
    { saves = 'always' }: { readonly saves?: 'always' | 'at-stop' } = {},
  ) {
    this.dir = dir;
    this.#saves = saves;
    this.speed = speed;
    mkdirSync(dir, { recursive: true });
    this.state = readState(this.#file) ?? seed();
  }

  get #file(): string {
    return join(this.dir, 'world-state.json');
  }

  /** A delay of the world in ms at speed 1, divided by the speed; none at "max". */
  scaled(ms: number): number {
    return this.speed === 'max' ? 0 : ms / this.speed;
  }

  /** Waits for a delay of the world. Ends early when the speed is set to "max" meanwhile. */
  delay(ms: number, about = ''): Promise<void> {
    const wait = this.scaled(ms);
    if (wait <= 0) return Promise.resolve();
    const from = Date.now();
    const record: SimWait = { from, to: from + wait, about };
    this.waits.push(record);
    return new Promise(resolve => {
      const done = () => {
        record.to = Date.now();
        clearTimeout(timer);
        this.#timers.delete(timer);
        this.#wakers.delete(done);
        resolve();
      };
      const timer = setTimeout(done, wait);
      this.#timers.add(timer);
      this.#wakers.add(done);
    });
  }

  /** Does something after a delay of the world, without anybody waiting for it; unless the simulator stops before. */
  later(ms: number, act: () => void, about = ''): void {
    if (this.scaled(ms) <= 0) {
      setImmediate(act);
      return;
    }
    void this.delay(ms, about).then(act);
  }

  /** Ends early when the simulator stops. */
  #pause(ms: number): Promise<void> {
    return new Promise(resolve => {
      const done = () => {
        clearTimeout(timer);
        this.#pauses.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#pauses.add(done);
    });
  }

  setSpeed(speed: number | 'max'): void {
    this.speed = speed;
    if (speed === 'max') for (const wake of [...this.#wakers]) wake();
  }

  /** Records a call, whatever it does. */
  call(service: SimService, action: string, args: unknown, host?: string): SimCall {
    const call: SimCall = {
      seq: ++this.#seq,
      time: Date.now(),
      service,
      action,
      ...(host === undefined ? {} : { host }),
      args,
    };
    this.calls.push(call);
    return call;
  }

  /** Records a change of the world's state and saves it. */
  effect(service: SimService, action: string, args: unknown, host?: string): SimCall {
    const effect: SimCall = {
      seq: ++this.#seq,
      time: Date.now(),
      service,
      action,
      ...(host === undefined ? {} : { host }),
      args,
    };
    this.effects.push(effect);
    this.save();
    return effect;
  }

  /** @param answer of the kind `answer`, and of no other. */
  addFault(
    match: FaultMatch,
    kind: FaultKind,
    times: number,
    answer?: FaultAnswer,
    details: FaultDetails = {},
  ): number {
    let release = () => {};
    const released = new Promise<void>(resolve => {
      release = resolve;
    });
    const fault: Fault = { id: this.#nextFault++, match, kind, answer, details, left: times, released, release };
    this.#faults.push(fault);
    return fault.id;
  }

  /** Takes a fault away; calls that it holds go on. */
  removeFault(id: number): boolean {
    const fault = this.#faults.find(one => one.id === id);
    fault?.release();
    this.#faults = this.#faults.filter(one => one.id !== id);
    return fault !== undefined;
  }

  get faults(): readonly { id: number; match: FaultMatch; kind: FaultKind; left: number }[] {
    return this.#faults.map(({ id, match, kind, left }) => ({ id, match, kind, left }));
  }

  /**
   * To be called before a call takes effect: waits while a `hold-before` holds it, and tells which other fault it meets.
   * Each meeting uses one of the fault's times.
   */
  async before(call: SimCall): Promise<Met | undefined> {
    const hold = this.#meet(call, fault => fault.kind === 'hold-before');
    if (hold !== undefined) await hold.released;
    const slow = this.#meet(call, fault => fault.kind === 'slow');
    if (slow !== undefined) await this.#pause(slow.details.delayMs ?? 1_000);
    const fault = this.#meet(call, one => !['hold-before', 'hold-after', 'slow'].includes(one.kind));
    if (fault === undefined) return undefined;
    const { answer, details } = fault;
    return {
      kind: fault.kind as Met['kind'],
      ...(answer === undefined ? {} : { answer }),
      ...(details.reason === undefined ? {} : { reason: details.reason }),
    };
  }

  /** To be called after the effect and before the answer: waits while a `hold-after` holds it. */
  async after(call: SimCall): Promise<void> {
    // What is answered is kept, also when the simulator is killed the moment after.
    if (this.#saveSoon !== undefined) this.saveNow();
    const hold = this.#meet(call, fault => fault.kind === 'hold-after');
    if (hold !== undefined) await hold.released;
  }

  #meet(call: SimCall, fits: (fault: Fault) => boolean): Fault | undefined {
    const fault = this.#faults.find(one => one.left > 0 && fits(one) && matches(one.match, call));
    if (fault !== undefined) fault.left -= 1;
    return fault;
  }

  /** Saves soon, once for all effects of this turn of the event loop. */
  save(): void {
    if (this.#saves === 'at-stop') return;
    this.#saveSoon ??= setImmediate(() => this.saveNow());
  }

  saveNow(): void {
    if (this.#saveSoon !== undefined) clearImmediate(this.#saveSoon);
    this.#saveSoon = undefined;
    this.state.savedAt = Date.now();
    const draft = `${this.#file}.new`;
    writeFileSync(draft, this.#json.of(this.state));
    renameSync(draft, this.#file);
  }

  /** Ends all delays without their effects and saves. */
  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    for (const end of [...this.#pauses]) end();
    for (const fault of this.#faults) fault.release();
    this.saveNow();
  }
}

function matches(match: FaultMatch, call: SimCall): boolean {
  if (match.service !== call.service) return false;
  if (match.action !== undefined && match.action !== call.action) return false;
  if (match.host !== undefined && match.host !== call.host) return false;
  return match.contains === undefined || JSON.stringify(call.args).includes(match.contains);
}

function readState(file: string): WorldState | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as WorldState;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
