import { expect } from 'vitest';
import type { Send } from '#ports/send.ts';

let keys = 0;

/** What the engine would give a change now: a fresh key, and more time to send than it gives: a busy machine needs it. */
export function sending(more: Partial<Send> = {}): Send {
  return {
    run: 'testrun',
    key: `testrun.${process.pid}.${++keys}.${Date.now().toString(36)}`,
    lease: 1,
    sendBy: Date.now() + 20_000,
    now: () => Date.now(),
    signal: new AbortController().signal,
    ...more,
  };
}

/** For `toThrow`: Refused with this code. */
export function refusal(code: string): unknown {
  return expect.objectContaining({ name: 'Refused', code });
}
