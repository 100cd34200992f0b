import { vi } from 'vitest';

/** A condition is waited for as long as a busy machine needs; only a red test waits that long. */
const patience = 15_000;

const { waitFor } = vi;
vi.waitFor = (callback, options) =>
  waitFor(callback, typeof options === 'number' ? options : { timeout: patience, ...options });
