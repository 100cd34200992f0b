/** Time is a port: core and engine never read the machine's clock. */
export interface Clock {
  /** Store time in ms since the epoch: the time of the Redis server, carried on by this process's monotonic clock; never behind it. */
  now(): number;
  /** Resolves after `ms`; rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
