import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { Refused } from '#core/errors.ts';
import { askRedis } from './ask-redis.ts';
import { findRedisServer, onPath } from './find-server.ts';
import { socketName } from './socket-name.ts';

export interface EmbeddedRedisOptions {
  /** The server's own folder; made when missing. The mirror must lie elsewhere. */
  readonly dir: string;
  /** The search path (PATH). */
  readonly path: string;
  /** Where to say what is installed. */
  readonly say: (line: string) => void;
  /** How long the server may take to load its data, ms. */
  readonly limitMs?: number;
}

export interface EmbeddedRedis {
  /** Path of its socket, short enough for any client. */
  readonly socket: string;
  /** Process id of the server. */
  readonly pid: number;
  /** Whether this process started it; otherwise another Ferry on the same folder did, and it ends with that one. */
  readonly own: boolean;
  /** Settles once a server of ours is gone, however that came: nobody here starts it again. */
  readonly gone: Promise<void>;
  /** Ends the server if it is ours. At once: what was acknowledged is on the disk, and a server that ends politely is still in the way of the next. */
  stop(): Promise<void>;
}

/** A shared server comes back with the Ferry that runs it. */
const never = new Promise<void>(() => {});

const names = { socket: 'redis.sock', owner: 'owner.json', lock: 'lock', log: 'redis.log' } as const;

/**
 * A Redis of our own in a folder, reachable by its socket only, fsyncing each write. Where the tools are there (Linux) it
 * dies with this process, however that ends, and only one can run in a folder. One that another living Ferry runs there is shared.
 *
 * @throws Refused `no-redis`, `redis-did-not-start` (naming the log).
 */
export async function embeddedRedis(options: EmbeddedRedisOptions): Promise<EmbeddedRedis> {
  const { dir, path, say, limitMs = 30_000 } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const { path: socket, forget } = socketName(dir, names.socket);
  try {
    const deadline = performance.now() + limitMs;
    for (;;) {
      const shared = await serverOf(dir, socket);
      if (shared !== undefined) return { socket, pid: shared, own: false, gone: never, stop: async () => forget() };
      const server = await findRedisServer(path, say);
      const child = start(server, dir, path);
      const pid = await ready(child, socket, deadline);
      if (pid !== undefined) return running(child, socket, pid, dir, forget);
      if (performance.now() >= deadline) throw notStarted(dir);
      // The folder is another server's: of a Ferry that starts just now, or one that was killed and isn't gone yet.
      await wait(20);
    }
  } catch (error) {
    forget();
    throw error;
  }
}

/** Process id of a server of a living Ferry in this folder. One whose Ferry is gone is ended: nobody would end it later. */
async function serverOf(dir: string, socket: string): Promise<number | undefined> {
  const pid = await pidOf(socket);
  if (pid === undefined) return undefined;
  const owner = ownerOf(dir);
  if (owner?.server === pid && !isAlive(owner.ferry)) {
    process.kill(pid, 'SIGKILL');
    return undefined;
  }
  return pid;
}

/** Process id that the server on a socket says of itself, once it has loaded its data. */
async function pidOf(socket: string): Promise<number | undefined> {
  if (!(await askRedis(socket, 'PING'))?.startsWith('+PONG')) return undefined;
  const info = await askRedis(socket, 'INFO server');
  const pid = /^process_id:(\d+)/m.exec(info ?? '')?.[1];
  return pid === undefined ? undefined : Number(pid);
}

function start(server: string, dir: string, path: string): ChildProcess {
  const dieWithUs = onPath('setpriv', path);
  const onlyOne = onPath('flock', path);
  const argv = [
    ...(dieWithUs === undefined ? [] : [dieWithUs, '--pdeathsig', 'KILL', '--']),
    ...(onlyOne === undefined ? [] : [onlyOne, '--nonblock', '--no-fork', names.lock]),
    ...[server, '--port', '0', '--unixsocket', names.socket, '--unixsocketperm', '700', '--dir', '.'],
    ...['--appendonly', 'yes', '--appendfsync', 'always', '--save', '', '--maxmemory-policy', 'noeviction'],
    ...['--daemonize', 'no', '--logfile', names.log],
  ];
  const [program, ...rest] = argv;
  // Started inside its folder: a socket's path given to bind may be too long, its name isn't. In a process group of its own:
  // Ctrl-C in a terminal is sent to the whole group, and what Ferry ends in order must still find its store.
  return spawn(program ?? server, rest, { cwd: dir, stdio: 'ignore', env: { PATH: path }, detached: true });
}

/** Waits until our own child answers. @returns undefined when it ended instead. */
async function ready(child: ChildProcess, socket: string, deadline: number): Promise<number | undefined> {
  let ended = false;
  child.once('error', () => {
    ended = true;
  });
  child.once('exit', () => {
    ended = true;
  });
  while (!ended && performance.now() < deadline) {
    const pid = await pidOf(socket);
    if (pid !== undefined && pid === child.pid) return pid;
    await wait(3);
  }
  child.kill('SIGKILL');
  return undefined;
}

function running(child: ChildProcess, socket: string, pid: number, dir: string, forget: () => void): EmbeddedRedis {
  writeFileSync(join(dir, names.owner), JSON.stringify({ server: pid, ferry: process.pid }));
  const gone = new Promise<void>(resolve => child.once('exit', () => resolve()));
  // Doesn't keep a finished program alive.
  child.unref();
  return {
    socket,
    pid,
    own: true,
    gone,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.ref();
        child.kill('SIGKILL');
        await gone;
      }
      forget();
    },
  };
}

function ownerOf(dir: string): { server: number; ferry: number } | undefined {
  try {
    return JSON.parse(readFileSync(join(dir, names.owner), 'utf8')) as { server: number; ferry: number };
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function notStarted(dir: string): Refused {
  const log = join(dir, names.log);
  const last = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').at(-1) : undefined;
  return new Refused(
    'redis-did-not-start',
    `the embedded Redis did not start, its log is ${log}${last === undefined ? '' : `; it ends with: ${last}`}`,
  );
}
