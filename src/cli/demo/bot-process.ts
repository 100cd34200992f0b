import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream, existsSync } from 'node:fs';
import { join } from 'node:path';
import { onPath } from '#adapters/embedded-redis/find-server.ts';

const main = join(import.meta.dirname, '../../main.ts');

/**
 * The bot as a process of its own on a simulator's folder, started again whenever it dies: what a service manager does.
 * Where setpriv is there (Linux) it dies with us, however we end.
 */
export class BotProcess {
  readonly #dir: string;
  #child: ChildProcess | undefined;
  #stopped = false;
  /** Process ids so far: a new one after each kill. */
  readonly pids: number[] = [];

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Starts it and waits until it is ready. @throws Error with its last words when it ends instead. */
  async start(): Promise<void> {
    const setpriv = onPath('setpriv', process.env.PATH ?? '');
    const node = [
      process.execPath,
      main,
      'start',
      '--env-file',
      join(this.#dir, 'ferry.env'),
      '--state',
      join(this.#dir, 'state'),
    ];
    const [command = '', ...args] = setpriv === undefined ? node : [setpriv, '--pdeathsig', 'TERM', '--', ...node];
    const child = spawn(command, args, {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...process.env, FERRY_LOG: 'warn' },
    });
    this.#child = child;
    if (child.pid !== undefined) this.pids.push(child.pid);
    const log = createWriteStream(join(this.#dir, 'bot.log'), { flags: 'a' });
    let said = '';
    const ready = new Promise<void>((resolve, reject) => {
      child.stderr.on('data', (chunk: Buffer) => {
        log.write(chunk);
        said = `${said}${chunk.toString()}`.slice(-2_000);
        if (/^ready$/m.test(said)) resolve();
      });
      child.once('error', reject);
      child.once('exit', () => {
        reject(new Error(`the bot ended: ${said.trim()}`));
        log.end();
        if (!this.#stopped && this.#child === child) setTimeout(() => this.#again(), 300).unref();
      });
    });
    await ready;
  }

  #again(): void {
    if (!this.#stopped) void this.start().catch(() => undefined);
  }

  /** `kill -9`; it comes back by itself. */
  kill(): void {
    this.#child?.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise(resolve => child.once('exit', resolve));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await gone;
    clearTimeout(timer);
  }
}

/** Whether a folder holds a world already. */
export function hasWorld(dir: string): boolean {
  return existsSync(join(dir, 'world.json'));
}
