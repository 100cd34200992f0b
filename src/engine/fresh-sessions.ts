import { contextOf } from './context.ts';
import type { Engine } from './engine.ts';
import type { RunHandle } from './run-handle.ts';

/**
 * Around changes that move the addresses of hosts: the sessions that are kept with these hosts are closed before and after,
 * however it went, so that nothing goes on over an address that leads elsewhere. The way back of a step moves the same ones.
 */
export async function withFreshSessions<T>(
  engine: Engine,
  handle: RunHandle,
  key: string,
  change: () => Promise<T>,
): Promise<T> {
  const { run } = handle;
  const { step = '', target = '' } = run.graph[key] ?? {};
  const definition = engine.procedure.steps[step.replace(/^undo-/, '')];
  const hosts = definition?.reroutes?.(contextOf(run, target, key)) ?? [];
  const close = async () => {
    for (const host of hosts) await engine.sessions.close(host);
  };
  await close();
  try {
    return await change();
  } finally {
    await close();
  }
}
