import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Simulator, startSimulator } from '#sim/simulator.ts';

/** Does something with a simulator in a folder of its own, which is gone afterwards. */
export async function withSimulator<T>(speed: number | 'max', act: (simulator: Simulator) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), 'ferry-bench-'));
  const simulator = await startSimulator({ dir, speed });
  try {
    return await act(simulator);
  } finally {
    await simulator.stop();
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}
