/** What a command is about, as far as it is known when it comes. */
export interface Order {
  readonly environments: readonly string[];
  /** undefined: whichever run fits when its turn has come, so any of these environments. */
  readonly run: string | undefined;
}

interface Open {
  readonly order: Order;
  readonly done: Promise<unknown>;
}

/**
 * Keeps the order of what changes one run, and of nothing else: a turn begins when the earlier ones that may be about the
 * same run are over, however they ended.
 */
export class Turns {
  readonly #open = new Set<Open>();

  take<T>(order: Order, act: () => Promise<T>): Promise<T> {
    const before = [...this.#open].filter(one => mayMeet(one.order, order)).map(one => one.done);
    const turn = Promise.allSettled(before).then(act);
    const open: Open = { order, done: turn };
    this.#open.add(open);
    const end = () => this.#open.delete(open);
    turn.then(end, end);
    return turn;
  }
}

function mayMeet(a: Order, b: Order): boolean {
  if (a.run !== undefined && b.run !== undefined) return a.run === b.run;
  return a.environments.some(environment => b.environments.includes(environment));
}
