import type { Kernel } from '../kernel.ts';
import type { WorldState } from '../state.ts';

type Shown = Pick<WorldState, 'instances' | 'volumes' | 'snapshots' | 'addresses'>;

/** What EC2 describes, as it was before its last change: AWS's answers are eventually consistent. */
export class PastState {
  readonly #kernel: Kernel;
  #before: string;
  #now: string;

  constructor(kernel: Kernel) {
    this.#kernel = kernel;
    this.#now = this.#shown();
    this.#before = this.#now;
  }

  /** A copy. */
  get before(): Shown {
    return JSON.parse(this.#before) as Shown;
  }

  /** Something was changed. */
  moved(): void {
    this.#before = this.#now;
    this.#now = this.#shown();
  }

  #shown(): string {
    const { instances, volumes, snapshots, addresses } = this.#kernel.state;
    return JSON.stringify({ instances, volumes, snapshots, addresses });
  }
}
