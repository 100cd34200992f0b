import { type ChildProcess, spawn } from 'node:child_process';

/** How a run of git ended. `code` is null when it was ended by a signal or couldn't be started. */
export interface GitResult {
  readonly code: number | null;
  readonly stdout: Buffer;
  /** Without credentials of any URL. */
  readonly stderr: string;
  /** It was ended because its time was over, or the caller's signal fired. */
  readonly stopped: boolean;
}

export interface GitOptions {
  readonly limitMs: number;
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** The command-line git, run with arguments only and never through a shell, apart from the user's configuration. */
export class GitCommand {
  readonly #env: Readonly<Record<string, string>>;

  /** @param home an empty folder that stands for the home directory. */
  constructor(home: string, env: Readonly<Record<string, string>>) {
    this.#env = {
      PATH: '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin',
      HOME: home,
      LC_ALL: 'C',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TERMINAL_PROMPT: '0',
      GIT_ASKPASS: 'true',
      SSH_ASKPASS_REQUIRE: 'never',
      GIT_OPTIONAL_LOCKS: '0',
      ...env,
    };
  }

  /** Runs git to its end. Never throws: what went wrong is in the result. */
  run(argv: readonly string[], options: GitOptions): Promise<GitResult> {
    return new Promise(resolve => {
      // A group of its own, so that the helpers that git starts end with it.
      const child = spawn('git', argv, { env: { ...this.#env, ...options.env }, stdio: 'pipe', detached: true });
      const stdout: Buffer[] = [];
      const stderr: Buffer[] = [];
      let stopped = false;
      const stop = () => {
        stopped = true;
        endGroup(child);
      };
      const timer = setTimeout(stop, options.limitMs);
      options.signal?.addEventListener('abort', stop, { once: true });
      if (options.signal?.aborted === true) stop();
      let done = false;
      const finish = (code: number | null, problem = '') => {
        if (done) return;
        done = true;
        clearTimeout(timer);
        options.signal?.removeEventListener('abort', stop);
        const words = withoutCredentials(`${Buffer.concat(stderr).toString('utf8')}${problem}`);
        resolve({ code, stdout: Buffer.concat(stdout), stderr: words, stopped });
      };
      child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
      child.stdin.on('error', () => undefined);
      child.once('error', error => finish(null, error.message));
      child.once('close', code => finish(code));
      child.stdin.end(options.input ?? '');
    });
  }
}

/** Hides what stands between `//` and the last `@` before the path of any URL. */
export function withoutCredentials(text: string): string {
  return text.replaceAll(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/]+@/gi, '$1…@');
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}
