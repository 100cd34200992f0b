/** Saves the position in the stream of events. */
type Save = (token: string) => Promise<void>;

interface Batch {
  /** The position after it. */
  readonly next: string;
  left: number;
}

/**
 * Events are handled side by side, and a position says that all before it is done: it moves on over batches whose events
 * are all settled, in their order, however early a later one is.
 */
export class SettledPosition {
  readonly #save: Save;
  readonly #onTrouble: (error: unknown) => void;
  #batches: Batch[] = [];
  #saving: Promise<void> | undefined;
  #due: string | undefined;
  #changed: (() => void)[] = [];

  /** @param onTrouble told when a position could not be saved: it is saved with the next one. */
  constructor(save: Save, onTrouble: (error: unknown) => void) {
    this.#save = save;
    this.#onTrouble = onTrouble;
  }

  /** Events that aren't settled. */
  get waiting(): number {
    return this.#batches.reduce((sum, batch) => sum + batch.left, 0);
  }

  /** A batch of events whose handling has begun. One that rejects never settles: what comes after it isn't saved. */
  add(next: string, events: readonly Promise<void>[]): void {
    const batch: Batch = { next, left: events.length };
    this.#batches.push(batch);
    for (const event of events) {
      event.then(
        () => {
          batch.left -= 1;
          this.#advance();
        },
        () => undefined,
      );
    }
    this.#advance();
  }

  /** Waits until one more event is settled. */
  oneMore(signal: AbortSignal): Promise<void> {
    return new Promise(resolve => {
      this.#changed.push(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** Waits until what is settled by now is saved, or could not be. */
  async saved(): Promise<void> {
    while (this.#saving !== undefined) await this.#saving;
  }

  #advance(): void {
    for (const resolve of this.#changed.splice(0)) resolve();
    const open = this.#batches.findIndex(batch => batch.left > 0);
    const done = this.#batches.splice(0, open === -1 ? this.#batches.length : open);
    this.#due = done.at(-1)?.next ?? this.#due;
    if (this.#due !== undefined) this.#saving ??= this.#saveDue();
  }

  async #saveDue(): Promise<void> {
    while (this.#due !== undefined) {
      const token = this.#due;
      this.#due = undefined;
      try {
        await this.#save(token);
      } catch (error) {
        this.#due ??= token;
        this.#onTrouble(error);
        break;
      }
    }
    this.#saving = undefined;
  }
}
