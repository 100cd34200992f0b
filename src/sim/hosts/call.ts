import type { ExecResult, ResolvedCommandContext } from 'just-bash';
import { decodeBytesToUtf8, latin1FromBytes } from 'just-bash';
import type { VirtualHost } from './virtual-host.ts';

/** Who runs something on a host: one exec request, or one detached process. */
export interface Session {
  readonly user: string;
  readonly pid: number;
  /** File that takes the output of a detached process. */
  readonly output?: string;
  /** Fires when the process is killed. */
  readonly signal?: AbortSignal;
  /** The program that fails in this session, whatever it would do. */
  readonly fault?: { readonly program: string; readonly kind: 'fail' | 'disk-full' };
}

/** One call of a command on a pretend host. */
export interface Call {
  readonly host: VirtualHost;
  readonly session: Session;
  readonly name: string;
  readonly args: readonly string[];
  readonly ctx: ResolvedCommandContext;
}

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** How `out` is to be read: as text, or each character as one byte. What a shell's own command answered keeps its kind. */
  readonly kind?: 'text' | 'bytes';
}

/** The answer of one of the shell's own commands. */
export function outcomeOf({ exitCode, stdout, stderr, stdoutKind, stdoutEncoding }: ExecResult): Outcome {
  const kind = stdoutKind ?? (stdoutEncoding === 'binary' ? 'bytes' : undefined);
  return { code: exitCode, out: stdout, err: stderr, ...(kind === undefined ? {} : { kind }) };
}

export type HostCommand = (call: Call) => Outcome | Promise<Outcome>;

export function done(out = ''): Outcome {
  return { code: 0, out: out === '' || out.endsWith('\n') ? out : `${out}\n`, err: '' };
}

export function failed(err: string, code = 1, out = ''): Outcome {
  return { code, out: out === '' || out.endsWith('\n') ? out : `${out}\n`, err: err === '' ? '' : `${err}\n` };
}

/** Who runs it: `runuser` changes that within a session. */
export function userOf(call: Call): string {
  return call.ctx.env.get('USER') ?? call.session.user;
}

export function stdinOf(call: Call): string {
  return decodeBytesToUtf8(call.ctx.stdin);
}

/** Splits flags (each as written) from operands; `valued` names the flags that take the next word. */
export function split(args: readonly string[], valued: readonly string[] = []) {
  const flags: string[] = [];
  const values = new Map<string, string>();
  const operands: string[] = [];
  for (let i = 0; i < args.length; i += 1) {
    const word = args[i] ?? '';
    const equals = /^(--[a-z0-9-]+)=(.*)$/s.exec(word);
    if (word === '--') {
      operands.push(...args.slice(i + 1));
      break;
    }
    if (equals?.[1] !== undefined) {
      flags.push(equals[1]);
      values.set(equals[1], equals[2] ?? '');
    } else if (valued.includes(word)) {
      flags.push(word);
      values.set(word, args[i + 1] ?? '');
      i += 1;
    } else if (word.startsWith('-') && word !== '-') flags.push(word);
    else operands.push(word);
  }
  return { flags, values, operands };
}

/** Whether a flag is there, on its own or among single letters written together. */
export function has(flags: readonly string[], ...names: readonly string[]): boolean {
  return names.some(
    name =>
      flags.includes(name) ||
      (name.length === 2 && flags.some(flag => /^-[a-zA-Z]+$/.test(flag) && flag.includes(name.charAt(1)))),
  );
}

/** Runs a command line in the same shell, in its folder unless told: for `sudo`, `runuser` and the like. */
export async function exec(
  call: Call,
  argv: readonly string[],
  env: Record<string, string> = {},
  folder?: string,
): Promise<Outcome> {
  const line = argv.map(word => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  const { exec: run, cwd, stdin } = call.ctx;
  if (run === undefined) return failed(`${call.name}: no shell`, 126);
  const result = await run(line, { cwd: folder ?? cwd, env, stdin: latin1FromBytes(stdin), stdinKind: 'bytes' });
  return outcomeOf(result);
}
