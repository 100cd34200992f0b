import { execFile, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const version = '5.2.5';
const venv = join(import.meta.dirname, '../../node_modules/.cache/ferry', `moto-${version}`);

export interface Moto {
  readonly endpoint: string;
  stop(): Promise<void>;
}

/** Installs moto's server into the cache folder when it isn't there. @returns why it can't be had, or undefined. */
export async function whyNoMoto(): Promise<string | undefined> {
  const ready = join(venv, 'ready');
  if (existsSync(ready)) return undefined;
  try {
    rmSync(venv, { recursive: true, force: true });
    mkdirSync(venv, { recursive: true });
    await run('python3', ['-m', 'venv', venv]);
    await run(join(venv, 'bin/pip'), ['install', '--quiet', `moto[ec2,server]==${version}`], { timeout: 300_000 });
    writeFileSync(ready, '');
    return undefined;
  } catch (error) {
    return `needs Python 3 with venv, and moto[ec2,server]==${version} from PyPI: ${firstLine(error)}`;
  }
}

/** Starts a private moto server on a free port of 127.0.0.1; it dies with this process. */
export async function startMoto(): Promise<Moto> {
  const port = await freePort();
  const server = [join(venv, 'bin/moto_server'), '-H', '127.0.0.1', '-p', String(port)];
  const tied = spawnSync('setpriv', ['--version']).status === 0;
  const [program = '', ...args] = tied ? ['setpriv', '--pdeathsig', 'KILL', '--', ...server] : server;
  const child = spawn(program, args, { stdio: 'ignore' });
  const exited = new Promise<void>(resolve => child.once('exit', () => resolve()));
  const endpoint = `http://127.0.0.1:${port}`;
  for (let attempt = 0; ; attempt += 1) {
    if (child.exitCode !== null || attempt > 300) throw new Error('moto did not start');
    const answered = await fetch(`${endpoint}/moto-api/`).then(
      answer => answer.ok,
      () => false,
    );
    if (answered) break;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  return {
    endpoint,
    async stop() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise(resolve => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function firstLine(error: unknown): string {
  return String(error instanceof Error ? error.message : error).split('\n', 1)[0] ?? '';
}
