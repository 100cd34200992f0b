import child_process, { type ChildProcess, type SpawnOptions } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Asked, KillAsked, Told } from './words.ts';

const { spawn } = child_process;

/**
 * A process in which whole runs fly has half a gigabyte, and each fork of it takes 15 to 50 ms, in which all that is in it
 * stands still: a tenth of all that a flight takes. So a small process starts git for it: the same program with the same
 * arguments, environment and streams. The first ones are started as ever: where there are few, that is quicker.
 */
const asEver = 10;
let started = 0;
let relay: Relay | undefined;

/** A program that the relay started, as `ChildProcess` as Ferry uses it. Its `pid` is there from the event `spawn` on. */
class RelayedProgram extends EventEmitter {
  readonly stdin: Socket | null;
  readonly stdout: Socket | null;
  readonly stderr: Socket | null;
  pid: number | undefined;
  exitCode: number | null = null;
  signalCode: NodeJS.Signals | null = null;
  readonly #end: (signal: NodeJS.Signals) => void;
  /** Streams that haven't ended, and the end of the program itself. */
  #open = 1;

  constructor(streams: readonly (Socket | undefined)[], end: (signal: NodeJS.Signals) => void) {
    super();
    [this.stdin = null, this.stdout = null, this.stderr = null] = streams;
    this.#end = end;
    // What it never reads goes nowhere; so a closed stream is seen to be closed.
    this.stdin?.resume();
    for (const output of [this.stdout, this.stderr]) {
      if (output === null) continue;
      this.#open += 1;
      output.once('close', () => this.#ended());
    }
  }

  kill(signal: NodeJS.Signals = 'SIGTERM'): boolean {
    if (this.exitCode !== null || this.signalCode !== null) return false;
    this.#end(signal);
    return true;
  }

  /** @returns whether it has ended. */
  told(told: Exclude<Told, { readonly listens: true }>): boolean {
    if ('pid' in told) {
      this.pid = told.pid;
      this.emit('spawn');
      return false;
    }
    if ('failed' in told) {
      const { message, code } = told.failed;
      this.emit('error', Object.assign(new Error(message), { code }));
      return true;
    }
    this.exitCode = told.code;
    this.signalCode = told.signal;
    this.emit('exit', told.code, told.signal);
    this.#ended();
    return true;
  }

  #ended(): void {
    this.#open -= 1;
    if (this.#open === 0) this.emit('close', this.exitCode, this.signalCode);
  }
}

class Relay {
  readonly #folder = mkdtempSync(join(tmpdir(), 'ferry-relay-'));
  readonly #process: ChildProcess;
  readonly #programs = new Map<number, RelayedProgram>();
  #lastId = 0;
  /** Whether it takes requests. */
  listens = false;

  constructor() {
    const script = join(import.meta.dirname, 'relay.ts');
    this.#process = spawn(process.execPath, [script, this.#folder], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#process.on('message', (told: Told) => {
      if ('listens' in told) this.listens = true;
      else if (this.#programs.get(told.id)?.told(told)) this.#programs.delete(told.id);
    });
    this.#process.once('exit', () => {
      this.listens = false;
      for (const [id, program] of this.#programs)
        program.told({ id, failed: { message: 'the relay ended', code: undefined } });
    });
    this.#process.unref();
    this.#process.channel?.unref();
  }

  start(command: string, argv: readonly string[], options: SpawnOptions, streams: readonly boolean[]): RelayedProgram {
    this.#lastId += 1;
    const id = this.#lastId;
    const { env, detached = false } = options;
    const cwd = options.cwd?.toString();
    this.#send({ id, command, argv, cwd, env: env ?? process.env, detached, streams });
    const sockets = streams.map(stream => (stream ? connect(join(this.#folder, 'streams')) : undefined));
    const program = new RelayedProgram(sockets, kill => this.#send({ id, kill }));
    this.#programs.set(id, program);
    return program;
  }

  #send(message: Asked | KillAsked): void {
    this.#process.send(message);
  }
}

/** Which of the three streams are pipes, or undefined where they are something else. */
function pipesOf(stdio: SpawnOptions['stdio']): boolean[] | undefined {
  const each = Array.isArray(stdio) ? stdio : Array(3).fill(stdio ?? 'pipe');
  if (each.length !== 3 || each.some(one => one !== 'pipe' && one !== 'ignore')) return undefined;
  return each.map(one => one === 'pipe');
}

function quickFork(command: string, argv: readonly string[] = [], options: SpawnOptions = {}): unknown {
  const streams = command === 'git' && options.shell === undefined ? pipesOf(options.stdio) : undefined;
  if (streams === undefined) return spawn(command, argv, options);
  started += 1;
  if (started >= asEver) relay ??= new Relay();
  return relay?.listens === true ? relay.start(command, argv, options, streams) : spawn(command, argv, options);
}

// Files that share a process each come by here.
if (spawn.name !== quickFork.name) {
  child_process.spawn = quickFork as typeof spawn;
  syncBuiltinESMExports();
}
