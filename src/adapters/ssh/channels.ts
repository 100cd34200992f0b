/** OpenSSH lets ten sessions be open on a connection unless told otherwise (MaxSessions); one that ends counts a moment longer. */
const most = 8;

/** Turns at the channels of one connection, in the order in which they were asked for. */
export class Channels {
  #limit = most;
  #taken = 0;
  readonly #waiting: (() => void)[] = [];

  /** How many are taken now. */
  get taken(): number {
    return this.#taken;
  }

  /**
   * Waits for a channel.
   *
   * @returns gives it back.
   * @throws what `over` rejects with, when that comes first.
   */
  async turn(over: Promise<never>): Promise<() => void> {
    if (this.#taken >= Math.floor(this.#limit)) {
      let mine: () => void = () => {};
      const turn = new Promise<void>(resolve => {
        mine = resolve;
        this.#waiting.push(mine);
      });
      try {
        await Promise.race([turn, over]);
      } catch (error) {
        const at = this.#waiting.indexOf(mine);
        if (at < 0) this.#next();
        else this.#waiting.splice(at, 1);
        throw error;
      }
    } else this.#taken += 1;
    let given = false;
    return () => {
      if (given) return;
      given = true;
      this.#next();
    };
  }

  /** The server refused another one beside those that are taken: it lets no more be open, or counts one that has ended. */
  refused(): void {
    this.#limit = Math.max(1, Math.min(this.#limit, this.#taken - 1));
  }

  /** A command had its channel: by and by more are tried again. */
  opened(): void {
    this.#limit = Math.min(most, this.#limit + 1 / 8);
  }

  /** One is free: the next one has it, unless there are too many. */
  #next(): void {
    const next = this.#taken > Math.floor(this.#limit) ? undefined : this.#waiting.shift();
    if (next === undefined) this.#taken -= 1;
    else next();
  }
}
