interface Held {
  /** Sessions that hold it; a lock is inherited by what a session starts. */
  readonly shared: Set<object>;
  alone: object | undefined;
}

/** flock(2) of one host: by path, shared or alone; whoever ends lets go of everything. */
export class LockTable {
  #held = new Map<string, Held>();
  #waiting = new Set<() => void>();

  /** @returns whether it was got before `giveUp` (undefined: at once or not at all). */
  async take(path: string, how: 'shared' | 'alone', who: object, giveUp: Promise<void> | undefined): Promise<boolean> {
    this.#drop(path, who);
    let over = giveUp === undefined;
    void giveUp?.then(() => {
      over = true;
      this.#wake();
    });
    while (!this.#free(path, how)) {
      if (over) return false;
      await new Promise<void>(resolve => this.#waiting.add(resolve));
    }
    const held = this.#held.get(path) ?? { shared: new Set<object>(), alone: undefined };
    if (how === 'shared') held.shared.add(who);
    else held.alone = who;
    this.#held.set(path, held);
    return true;
  }

  /** Lets go of one lock: for whoever shares the open file too. */
  release(path: string, who: object): void {
    this.#drop(path, who);
    this.#wake();
  }

  /** A new process inherits what its starter holds alone: it goes on being held when the starter ends. */
  inherit(from: object, to: object): void {
    for (const held of this.#held.values()) if (held.alone === from) held.alone = to;
  }

  releaseAll(who: object): void {
    for (const path of [...this.#held.keys()]) this.#drop(path, who);
    this.#wake();
  }

  #free(path: string, how: 'shared' | 'alone'): boolean {
    const held = this.#held.get(path);
    if (held === undefined) return true;
    return held.alone === undefined && (how === 'shared' || held.shared.size === 0);
  }

  #drop(path: string, who: object): void {
    const held = this.#held.get(path);
    if (held === undefined) return;
    held.shared.delete(who);
    if (held.alone === who) held.alone = undefined;
    if (held.alone === undefined && held.shared.size === 0) this.#held.delete(path);
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }
}
