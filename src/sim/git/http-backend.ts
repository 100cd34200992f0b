import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { dirname, join, relative } from 'node:path';
import { gitEnvironment } from './run-git.ts';

/** What a CGI program answered. */
export interface CgiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const keptAnswers = 200;

/**
 * Answers that can't be others, of all repositories: what a fetch is told, and how a push is greeted, while refs and
 * configuration are what they are. Each time takes three processes, and each holds up everything else for its fork.
 */
const answers = new Map<string, CgiAnswer>();

/** `git http-backend` on one bare repository. */
export class HttpBackend {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** @throws Error when it can't be run. */
  async answer(request: IncomingMessage, url: URL, body: Buffer): Promise<CgiAnswer> {
    const { method, headers } = request;
    if (url.pathname.endsWith('/git-receive-pack')) return httpBackend(this.#dir, request, url, body);
    const protocol = headers['git-protocol'];
    // Asked for by protocol 2 it names no refs, so that a push doesn't alter it.
    const namesNone =
      method === 'GET' && protocol === 'version=2' && url.searchParams.get('service') === 'git-upload-pack';
    const refs = namesNone ? '' : refsOf(this.#dir);
    const asked = [
      method,
      url.pathname,
      url.search,
      protocol,
      headers['content-encoding'],
      textOf(join(this.#dir, 'config')),
      refs,
    ];
    const key = `${JSON.stringify(asked)}\n${body.toString('latin1')}`;
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = await httpBackend(this.#dir, request, url, body);
    if (answer.status === 200 && (namesNone || refsOf(this.#dir) === refs)) keep(key, answer);
    return answer;
  }
}

function keep(key: string, answer: CgiAnswer): void {
  answers.set(key, answer);
  for (const oldest of answers.keys()) {
    if (answers.size <= keptAnswers) return;
    answers.delete(oldest);
  }
}

/** All refs of a repository as they are in its files. */
function refsOf(dir: string): string {
  const refs = readdirSync(join(dir, 'refs'), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(({ parentPath, name }) => [relative(dir, join(parentPath, name)), textOf(join(parentPath, name))]);
  return JSON.stringify([textOf(join(dir, 'HEAD')), textOf(join(dir, 'packed-refs')), ...refs.sort()]);
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** Runs `git http-backend` on one request, as a web server would. @throws Error when it can't be run. */
async function httpBackend(dir: string, request: IncomingMessage, url: URL, body: Buffer): Promise<CgiAnswer> {
  const header = (name: string) => {
    const value = request.headers[name];
    return Array.isArray(value) ? (value[0] ?? '') : (value ?? '');
  };
  const child = spawn('git', ['http-backend'], {
    env: {
      ...gitEnvironment,
      GATEWAY_INTERFACE: 'CGI/1.1',
      GIT_PROJECT_ROOT: dirname(dir),
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: header('content-type'),
      CONTENT_LENGTH: String(body.length),
      HTTP_CONTENT_ENCODING: header('content-encoding'),
      GIT_PROTOCOL: header('git-protocol'),
      REMOTE_ADDR: '127.0.0.1',
      SERVER_PROTOCOL: 'HTTP/1.1',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => resolve());
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(body);
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  await ended;
  return parsed(Buffer.concat(chunks));
}

function parsed(output: Buffer): CgiAnswer {
  const end = output.indexOf('\r\n\r\n');
  const headers: Record<string, string> = {};
  let status = end < 0 ? 500 : 200;
  for (const line of output.toString('latin1', 0, Math.max(end, 0)).split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (name === 'status') status = Number.parseInt(value, 10);
    else headers[name] = value;
  }
  return { status, headers, body: end < 0 ? Buffer.alloc(0) : output.subarray(end + 4) };
}
