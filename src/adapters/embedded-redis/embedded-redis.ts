import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
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
  /** Process id of the server, now. */
  readonly pid: number;
  /** Whether this process started it; otherwise another Ferry on the same folder did, and when it ends this one takes over. */
  readonly own: boolean;
  /** Settles once the server is gone and nobody here starts it again, with why. */
  readonly gone: Promise<string>;
  /** Ends the server if it is ours. At once: what was acknowledged is on the disk, and a server that ends politely is still in the way of the next. */
  stop(): Promise<void>;
}

/** A server that answers in a folder. `ended` settles once it is gone. */
interface Running {
  readonly pid: number;
  /** Our own child. */
  readonly child: ChildProcess | undefined;
  readonly ended: Promise<void>;
}

const names = { socket: 'redis.sock', owner: 'owner.json', lock: 'lock', log: 'redis.log' } as const;

/**
 * A Redis of our own in a folder, reachable by its socket only, fsyncing each write. Where the tools are there (Linux) it
 * dies with this process, however that ends, and only one can run in a folder. One that another living Ferry runs there is
 * shared; when that one ends, whoever of the others is first starts the server again, on the same socket.
 *
 * @throws Refused `no-redis`, `redis-did-not-start` (naming the log).
 */
export async function embeddedRedis(options: EmbeddedRedisOptions): Promise<EmbeddedRedis> {
  const { dir } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const { path: socket, forget } = socketName(dir, names.socket);
  let stopped = false;
  let now: Running;
  try {
    now = await obtain(options, socket);
  } catch (error) {
    forget();
    throw error;
  }
  const gone = (async () => {
    for (;;) {
      await now.ended;
      if (stopped || now.child !== undefined) return 'it ended: see redis.log in the state folder';
      try {
        now = await obtain(options, socket);
      } catch (error) {
        return `the Ferry that ran it ended, and it could not be started here: ${(error as Error).message}`;
      }
      // Told to stop meanwhile: what was started just now is nobody's.
      if (stopped) now.child?.kill('SIGKILL');
    }
  })();
  return {
    socket,
    get pid() {
      return now.pid;
    },
    get own() {
      return now.child !== undefined;
    },
    gone,
    async stop() {
      stopped = true;
      const { child, ended } = now;
      if (child !== undefined && child.exitCode === null && child.signalCode === null) {
        child.ref();
        child.kill('SIGKILL');
        await ended;
      }
      forget();
    },
  };
}

/** One that runs there already, or one of ours. */
async function obtain(options: EmbeddedRedisOptions, socket: string): Promise<Running> {
  const { dir, path, say, limitMs = 30_000 } = options;
  const deadline = performance.now() + limitMs;
  for (;;) {
    const shared = await serverOf(dir, socket);
    if (shared !== undefined) return { pid: shared, child: undefined, ended: endOf(socket) };
    const server = await findRedisServer(path, say);
    const child = start(server, dir, path);
    const pid = await ready(child, socket, deadline);
    if (pid !== undefined) return ours(child, pid, dir);
    if (performance.now() >= deadline) throw notStarted(dir, await isThere(socket));
    // The folder is another server's: of a Ferry that starts just now, or one that was killed and isn't gone yet.
    await wait(20);
  }
}

/** Settles once the server on a socket is gone: a connection to it ends with it. Doesn't keep a finished program alive. */
function endOf(socket: string): Promise<void> {
  return new Promise(resolve => {
    const connection = connect({ path: socket });
    connection.unref();
    connection.on('error', () => {});
    connection.on('close', () => resolve());
    connection.resume();
  });
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

function ours(child: ChildProcess, pid: number, dir: string): Running {
  writeFileSync(join(dir, names.owner), JSON.stringify({ server: pid, ferry: process.pid }));
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()));
  // Doesn't keep a finished program alive.
  child.unref();
  return { pid, child, ended };
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

/** Whether a server listens on a socket, though it may not answer. */
function isThere(socket: string): Promise<boolean> {
  return new Promise(resolve => {
    const connection = connect({ path: socket });
    const end = (is: boolean) => () => {
      connection.destroy();
      resolve(is);
    };
    connection.on('connect', end(true)).on('error', end(false));
  });
}

function notStarted(dir: string, another: boolean): Refused {
  const log = join(dir, names.log);
  const last = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n').at(-1) : undefined;
  const why = another
    ? `another process holds the folder, and its Redis does not answer; the log of both is ${log}`
    : `its log is ${log}`;
  return new Refused(
    'redis-did-not-start',
    `the embedded Redis did not start: ${why}${last === undefined ? '' : `; it ends with: ${last}`}`,
  );
}
