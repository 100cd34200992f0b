/** Every key that Ferry uses in the store. BullMQ keeps its own under `bull:ferry-wake:`. */
export const keys = {
  /** Stream of a run's entries. Ids are `seq-0`, fields e (canonical JSON), h (its hash), t (its `at`), a (which append added it). */
  run: (run: string) => `ferry:run:${run}`,
  /** Hash: `id`, which store this is; `key`, by which name the key of its journals goes. */
  store: 'ferry:store',
  /** Sorted set of all runs by the time of their first entry. */
  runs: 'ferry:runs',
  /** Hash: cause of a proposal → the run that it made. */
  causes: 'ferry:causes',
  /** Hash: environment → number of its newest run. */
  numbers: 'ferry:numbers',
  /** Hash: locked target → the run that holds it. */
  locks: 'ferry:locks',
  /** Sorted set: run → store time in ms from which it is due. */
  due: 'ferry:due',
  /** Hash of a lease: holder, number, until (store time in ms). */
  lease: (name: string) => `ferry:lease:${name}`,
  /** Number of the newest lease of all. Never lowered, a restore included. */
  leaseNumber: 'ferry:lease-number',
  /** ms that store time is ahead of the server's clock. Only tests set it, and only they look there. */
  timeOffset: 'ferry:time-offset',
  /** Written now and then, to see whether the store takes writes. */
  writable: 'ferry:writable',
  /** Is named where tests name the offset, and never looked at: nobody moves the time who can write to the store. */
  unmoved: 'ferry:unmoved',
  /** Channel on which each append says its run's id. */
  appended: 'ferry:appended',
} as const;
