import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { onPath } from '#adapters/embedded-redis/find-server.ts';

const root = join(import.meta.dirname, '..');

/** A bot in a process of its own on a simulator's folder, as a service manager would run it. */
export interface Bot {
  readonly child: ChildProcess;
  /** From its start until it said that it listens, ms. */
  readonly readyMs: number;
  /** Megabytes of memory that it has now. */
  memory(): number;
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/**
 * @param main the program; `ferry start` unless told. It says `ready` on stderr.
 * @throws Error with its last words when it ends instead.
 */
export async function startBot(dir: string, main: readonly string[] = ['src/main.ts', 'start']): Promise<Bot> {
  const [file = '', ...rest] = main;
  const node = [process.execPath, join(root, file), ...rest, '--env-file', join(dir, 'ferry.env')];
  const setpriv = onPath('setpriv', process.env.PATH ?? '');
  const all = [...(setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'KILL', '--']), ...node];
  const [command = '', ...args] = [...all, '--state', join(dir, 'state')];
  const begun = performance.now();
  const child = spawn(command, args, {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, FERRY_LOG: 'warn' },
  });
  const gone = new Promise<void>(resolve => child.once('exit', () => resolve()));
  let said = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      said = `${said}${chunk}`.slice(-4_000);
      if (/^ready$/m.test(said)) resolve();
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`the bot ended: ${said}`)));
  });
  return {
    child,
    readyMs: performance.now() - begun,
    memory() {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      return (Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024) / 1e6;
    },
    async end(signal) {
      child.kill(signal);
      await gone;
    },
  };
}
