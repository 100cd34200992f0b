import { spawn } from 'node:child_process';
import type { IncomingMessage } from 'node:http';
import { dirname } from 'node:path';
import { gitEnvironment } from './run-git.ts';

/** What a CGI program answered. */
export interface CgiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Answers of one kind of question while the branch stands where it stands. */
const keptAnswers = 200;

/**
 * `git http-backend`, asked once only for what can't have another answer: what a fetch asks for, while the branch stands at
 * one commit, is the same to every byte, and each time takes three processes.
 */
export class HttpBackend {
  readonly #dir: string;
  #head = '';
  readonly #answers = new Map<string, CgiAnswer>();
  readonly #greetings = new Map<string, CgiAnswer>();

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** @throws Error when it can't be run. */
  async answer(request: IncomingMessage, url: URL, body: Buffer, head: string): Promise<CgiAnswer> {
    const fetches = url.pathname.endsWith('/git-upload-pack') || url.searchParams.get('service') === 'git-upload-pack';
    if (!fetches) return httpBackend(this.#dir, request, url, body);
    const { method, headers } = request;
    // Asked for by protocol 2 it names no refs, so that a push doesn't alter it.
    const greets = method === 'GET' && headers['git-protocol'] === 'version=2';
    if (head !== this.#head || this.#answers.size >= keptAnswers) this.#answers.clear();
    this.#head = head;
    const answers = greets ? this.#greetings : this.#answers;
    const asked = [method, url.pathname, url.search, headers['git-protocol'], headers['content-encoding']];
    const key = `${JSON.stringify(asked)}\n${body.toString('latin1')}`;
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = await httpBackend(this.#dir, request, url, body);
    if (answer.status === 200 && this.#head === head) answers.set(key, answer);
    return answer;
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
