/**
 * What the engine does with an error is decided by its class, never by its text.
 *
 * - `Refused`: the world said no and nothing happened. `retry: true` where trying again later may work (throttled, no capacity).
 * - `Unknown`: nobody knows whether it happened (time-out, dropped connection, 5xx). The engine looks before it decides.
 * - `Halt`: a person decides. The step's branch stops.
 *
 * Each carries a stable `code` and one sentence that a person in the room can act on. Never put a secret into either.
 */
export abstract class FerryError extends Error {
  readonly code: string;
  constructor(code: string, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.code = code;
    this.name = new.target.name;
  }
}

export class Refused extends FerryError {
  /** Whether the same request may be sent again after a while. */
  readonly retry: boolean;
  constructor(code: string, sentence: string, options: ErrorOptions & { retry?: boolean } = {}) {
    super(code, sentence, options);
    this.retry = options.retry ?? false;
  }
}

export class Unknown extends FerryError {}

export class Halt extends FerryError {
  /** What was seen, line by line: shown in the thread below the sentence. */
  readonly evidence: readonly string[];
  /** What it rests on is recorded or decided, no reading of a moment: nothing is looked at again. */
  readonly sure: boolean;
  constructor(
    code: string,
    sentence: string,
    options: ErrorOptions & { evidence?: readonly string[]; sure?: boolean } = {},
  ) {
    super(code, sentence, options);
    this.evidence = options.evidence ?? [];
    this.sure = options.sure ?? false;
  }
}

/** The request was not sent: its `sendBy` had passed or its signal was aborted before the first byte left. */
export class NotSent extends FerryError {
  constructor(sentence = 'not sent: the time in which this process may send it had passed', options?: ErrorOptions) {
    super('not-sent', sentence, options);
  }
}

/** A person's input is wrong: `where` names the key, the line or the argument. */
export class BadInput extends FerryError {
  readonly where: string;
  constructor(where: string, sentence: string, options?: ErrorOptions) {
    super('bad-input', sentence, options);
    this.where = where;
  }
}
