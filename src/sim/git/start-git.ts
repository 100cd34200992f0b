import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Kernel, Met } from '../kernel.ts';
import { type CgiAnswer, HttpBackend } from './http-backend.ts';
import type { InventoryRepo } from './inventory-repo.ts';

/** No inventory push comes near it. */
const largestBody = 64 * 1024 * 1024;

/**
 * Serves the inventory repository over git's smart HTTP on 127.0.0.1. Each fetch is one call `fetch` (met when the refs are
 * asked for), each push one call `push` (met when the pack arrives). Connections are closed after each answer unless told:
 * on a kept one libcurl by itself sends a request again whose answer was lost, and a fault would not be seen.
 */
export async function startGit(
  kernel: Kernel,
  repo: InventoryRepo,
  options: { readonly port: number; readonly keepAlive?: boolean },
): Promise<{ readonly url: string; readonly port: number; stop(): Promise<void> }> {
  // One push after the other, so that each effect is the one of its push.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn: InTurn = act => {
    const turn = last.then(act, act);
    last = turn;
    return turn;
  };
  const backend = new HttpBackend(repo.dir);
  const server = createServer((request, response) => {
    if (options.keepAlive !== true) response.shouldKeepAlive = false;
    serve(kernel, repo, backend, inTurn, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/ansible.git`,
    port,
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

type InTurn = <T>(act: () => Promise<T>) => Promise<T>;

async function serve(
  kernel: Kernel,
  repo: InventoryRepo,
  backend: HttpBackend,
  inTurn: InTurn,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://sim');
  const body = await bodyOf(request);
  const push = request.method === 'POST' && url.pathname.endsWith('/git-receive-pack');
  const fetch = url.pathname.endsWith('/info/refs') && url.searchParams.get('service') === 'git-upload-pack';
  if (!push && !fetch) {
    answer(response, await backend.answer(request, url, body));
    return;
  }
  const call = kernel.call('git', push ? 'push' : 'fetch', push ? commandsOf(body) : { path: url.pathname });
  const met = await kernel.before(call);
  if (met !== undefined && met.kind !== 'reply-lost') {
    refuse(response, met.kind);
    return;
  }
  const run = () => backend.answer(request, url, body);
  const given = push
    ? await inTurn(async () => {
        const before = repo.head();
        const result = await run();
        repo.pushed(before);
        return result;
      })
    : await run();
  await kernel.after(call);
  if (met?.kind === 'reply-lost') response.destroy();
  else answer(response, given);
}

/** What the pushing side asks for: which refs from where to where. */
function commandsOf(body: Buffer): { readonly updates: { ref: string; from: string; to: string }[] } {
  const updates: { ref: string; from: string; to: string }[] = [];
  for (let at = 0; at + 4 <= body.length; ) {
    const length = Number.parseInt(body.toString('latin1', at, at + 4), 16);
    if (!(length > 4)) break;
    const [from = '', to = '', ref = ''] = body.toString('utf8', at + 4, at + length).split(/[ \0\n]/);
    updates.push({ ref, from, to });
    at += length;
  }
  return { updates };
}

function refuse(response: ServerResponse, kind: Met['kind']): void {
  if (kind === 'hang') return;
  if (kind === 'drop') {
    response.destroy();
    return;
  }
  const status = kind === 'throttled' ? 429 : kind === 'busy' ? 503 : kind === 'disk-full' ? 507 : 500;
  response.writeHead(status, { 'content-type': 'text/plain' }).end(`simulated: ${kind}\n`);
}

function answer(response: ServerResponse, { status, headers, body }: CgiAnswer): void {
  response.writeHead(status, headers).end(body);
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > largestBody) throw new Error('larger than any push of an inventory');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
