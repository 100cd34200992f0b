import { isDeepStrictEqual } from 'node:util';
import { Bash } from 'just-bash';
import type { Kernel } from '../kernel.ts';
import { baseFilesOf } from './base-files.ts';
import type { Session } from './call.ts';
import { poolsPath, refillBuilders } from './commands/copr.ts';
import { type BaseFiles, difference, fill, foldersOf, refill, sameFiles, showState } from './host-files.ts';
import { HostFs } from './host-fs.ts';
import { homeOf, hostShell } from './host-shell.ts';
import type { HostState, SimJob, SimProcess } from './host-state.ts';
import { LockTable } from './lock-table.ts';
import type { Neighbours } from './neighbours.ts';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** One pretend host: a bash in JavaScript over a file system in memory, with commands that know the host's state. */
export class VirtualHost {
  readonly kernel: Kernel;
  readonly state: HostState;
  readonly locks = new LockTable();
  readonly neighbours: Neighbours;
  readonly #base: BaseFiles;
  #files: { readonly fs: HostFs; readonly folders: ReadonlySet<string> } | undefined;
  /** How often its files had changed when they were last kept. */
  #kept = -1;
  #jobs = new Map<number, AbortController>();
  #ends = new Map<number, () => void>();
  #suspended = false;
  #quiet = false;
  #shown: Promise<void> = Promise.resolve();

  constructor(kernel: Kernel, state: HostState, neighbours: Neighbours) {
    this.kernel = kernel;
    this.state = state;
    this.neighbours = neighbours;
    this.#base = baseFilesOf(state);
  }

  /** Its files, made when they are first looked at: of most hosts nobody does. */
  get fs(): HostFs {
    return (this.#files ?? this.#fill()).fs;
  }

  #fill(): { readonly fs: HostFs } {
    const fs = new HostFs();
    fill(fs, this.#base);
    // A shell adds the folders that every system has; they are no difference.
    new Bash({ fs });
    this.#files = { fs, folders: foldersOf(fs) };
    refill(fs, this.state.files);
    return this.#files;
  }

  get id(): string {
    return this.state.id;
  }

  /** Does something that was so before the world began: without effects. */
  async quietly(act: () => Promise<void>): Promise<void> {
    this.#quiet = true;
    try {
      await act();
    } finally {
      this.#quiet = false;
    }
  }

  takePid(): number {
    const pid = this.state.nextPid;
    this.state.nextPid = pid >= 60_000 ? 1_000 : pid + 1;
    return pid;
  }

  /** Records and saves a change of this host's state. */
  effect(action: string, args: object = {}): void {
    if (this.#suspended || this.#quiet) return;
    this.kernel.effect('host', action, args, this.id);
  }

  /** Writes /proc and /dev as the state has them now; one after the other, since each looks before it writes. */
  show(): Promise<void> {
    const files = this.#files;
    if (files === undefined) return this.#shown;
    const shown = this.#shown.then(() => showState(files.fs, this.kernel.state, this.state, Date.now()));
    this.#shown = shown.catch(() => undefined);
    return shown;
  }

  /** Keeps what differs from the base in the world's state. */
  async keep(): Promise<void> {
    if (this.#suspended || this.#files === undefined) return;
    const { fs, folders } = this.#files;
    // Most commands only read: nothing need be compared, nor the whole world be written, for them.
    if (fs.changes === this.#kept) return;
    const { changes } = fs;
    const before = this.state.files;
    const files = await difference(fs, this.#base, folders);
    this.#kept = changes;
    if (sameFiles(before, files)) return;
    this.state.files = files;
    this.kernel.save();
    // A resalloc that runs reads its pools anew by itself.
    if (!isDeepStrictEqual(files[poolsPath], before[poolsPath]))
      this.kernel.later(45_000, () => void refillBuilders(this));
  }

  async exec(
    script: string,
    session: Session,
    stdin = '',
    env: Record<string, string> = {},
    cwd?: string,
  ): Promise<Ran> {
    if (this.#files === undefined) this.#fill();
    await this.show();
    try {
      const result = await hostShell(this, session).exec(script, {
        stdin,
        env,
        cwd: cwd ?? homeOf(session.user),
        rawScript: true,
        ...(session.signal === undefined ? {} : { signal: session.signal }),
      });
      return { code: result.exitCode, stdout: result.stdout, stderr: result.stderr };
    } finally {
      this.locks.releaseAll(session);
      await this.keep();
    }
  }

  /** A delay of the world that ends early when the session's process is killed. */
  async wait(ms: number, session: Session): Promise<void> {
    const { signal } = session;
    if (signal?.aborted === true) return;
    let stop = () => {};
    const killed = new Promise<void>(resolve => {
      stop = resolve;
      signal?.addEventListener('abort', stop, { once: true });
    });
    await Promise.race([this.kernel.delay(ms, session.output ?? this.id), killed]);
    signal?.removeEventListener('abort', stop);
  }

  /** Adds to the output of a detached command while it runs. */
  async say(session: Session, text: string): Promise<boolean> {
    if (this.#suspended || session.output === undefined || session.signal?.aborted === true) return false;
    await this.fs.appendFile(session.output, text);
    await this.keep();
    return true;
  }

  addProcess(process: Omit<SimProcess, 'pid' | 'start' | 'startedAt'>): SimProcess {
    const now = Date.now();
    const made: SimProcess = {
      ...process,
      pid: this.takePid(),
      start: Math.max(1, Math.round((now - this.state.bootedAt) / 10)),
      startedAt: now,
    };
    this.state.processes.push(made);
    this.kernel.save();
    return made;
  }

  /** Resolves when a process is gone. */
  gone(pid: number): Promise<void> {
    return new Promise(resolve => {
      if (this.state.processes.some(one => one.pid === pid)) this.#ends.set(pid, resolve);
      else resolve();
    });
  }

  /** Ends a process as SIGKILL does. */
  kill(pid: number): boolean {
    const found = this.state.processes.some(one => one.pid === pid);
    this.#ends.get(pid)?.();
    this.#ends.delete(pid);
    this.state.processes = this.state.processes.filter(one => one.pid !== pid);
    this.kernel.save();
    this.#jobs.get(pid)?.abort();
    this.#jobs.delete(pid);
    return found;
  }

  /** Starts a detached command: it goes on when whoever started it has gone. */
  startJob(job: SimJob, starter?: Session): SimProcess {
    const process = this.addProcess({ user: job.user, command: commandOf(job.argv), holds: [], job });
    this.#run(process, job, starter);
    return process;
  }

  /** Jobs that were under way when the simulator stopped begin again; their output goes on. */
  resumeJobs(): void {
    for (const process of this.state.processes) if (process.job !== undefined) this.#run(process, process.job);
  }

  #run(process: SimProcess, job: SimJob, starter?: Session): void {
    const stop = new AbortController();
    this.#jobs.set(process.pid, stop);
    const session: Session = {
      user: job.user,
      pid: process.pid,
      signal: stop.signal,
      ...(job.output === undefined ? {} : { output: job.output }),
      ...(job.fault === undefined ? {} : { fault: job.fault }),
    };
    if (starter !== undefined) this.locks.inherit(starter, session);
    const line = job.argv.map(word => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
    void this.exec(line, session, '', job.env, job.cwd).then(async ({ stdout, stderr }) => {
      if (this.#suspended) return;
      if (job.output !== undefined && stdout + stderr !== '' && !stop.signal.aborted)
        await this.fs.appendFile(job.output, stdout + stderr);
      if (this.#jobs.get(process.pid) === stop) this.kill(process.pid);
      await this.keep();
    });
  }

  /** The simulator stops: what runs is left as it stands, to begin again at the next start. */
  suspend(): void {
    this.#suspended = true;
    const jobs = [...this.#jobs.values()];
    this.#jobs.clear();
    for (const job of jobs) job.abort();
  }

  /** Power off: everything that runs is gone. */
  stopEverything(): void {
    for (const job of this.#jobs.values()) job.abort();
    this.#jobs.clear();
    this.state.processes = [];
    this.kernel.save();
  }
}

/** What `ps` shows of a job; of a script given to a shell only that there is one. */
function commandOf(argv: readonly string[]): string {
  const script = argv[1] === '-c' ? 2 : -1;
  return argv.map((word, nth) => (nth === script ? '…' : word)).join(' ');
}
