import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Kernel, Met } from '#sim/kernel.ts';
import type { FaultAnswer } from '#sim/state.ts';
import { accountRoutes } from './account-routes.ts';
import { badRequest, MatrixFailure } from './matrix-failure.ts';
import { type Fields, isFields } from './matrix-state.ts';
import { mediaRoutes } from './media-routes.ts';
import type { MessageLimits } from './message-limit.ts';
import { readRoutes } from './read-routes.ts';
import { roomRoutes } from './room-routes.ts';
import type { RoomStore } from './room-store.ts';
import { findRoute, type MatrixRequest, type RawAnswer, type Route, type Routed } from './route.ts';
import { syncRoute } from './sync.ts';

const routes: readonly Route[] = [...accountRoutes, ...roomRoutes, ...readRoutes, syncRoute, ...mediaRoutes];

/** How long a throttled client is told to wait, ms. */
const throttledFor = 250;

const maxBody = 12 * 1024 * 1024;

const corsHeaders = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, PUT, DELETE, OPTIONS',
  'access-control-allow-headers': 'X-Requested-With, Content-Type, Authorization',
};

/** Serves the Client-Server API of a store over HTTP; every request is a call of the kernel and may meet its faults. */
export function homeserverHttp(kernel: Kernel, store: RoomStore, limits: MessageLimits, closing: AbortSignal): Server {
  const server = createServer((request, response) => {
    void answer(kernel, store, limits, closing, request, response);
  });
  server.keepAliveTimeout = 30_000;
  return server;
}

async function answer(
  kernel: Kernel,
  store: RoomStore,
  limits: MessageLimits,
  closing: AbortSignal,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (incoming.method === 'OPTIONS') {
    response.writeHead(200, corsHeaders).end();
    return;
  }
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const signal = AbortSignal.any([gone.signal, closing]);
  try {
    const { request, routed } = parse(store, incoming, await bodyOf(incoming), signal);
    const call = kernel.call('matrix', routed.route.action, callArgs(request, routed.route));
    const met = await kernel.before(call);
    if (met?.answer !== undefined && met.answer.afterEffect !== true) {
      replyAs(response, met.answer);
      return;
    }
    if (met !== undefined && met.answer === undefined && (await misbehave(met, incoming, signal))) return;
    limits.take(request.user, routed.route.action);
    const result = await routed.route.handle(request);
    await kernel.after(call);
    if (met?.answer !== undefined) {
      replyAs(response, met.answer);
      return;
    }
    if (met?.kind === 'reply-lost') {
      incoming.socket.destroy();
      return;
    }
    reply(response, 200, result);
  } catch (error) {
    if (error instanceof MatrixFailure) reply(response, error.status, error.body);
    else reply(response, 500, { errcode: 'M_UNKNOWN', error: `Internal server error: ${String(error)}` });
  }
}

/** Acts out a fault before any effect. @returns whether the call is over with it. */
async function misbehave(met: Met, incoming: IncomingMessage, signal: AbortSignal): Promise<boolean> {
  switch (met.kind) {
    case 'reply-lost':
      return false;
    case 'throttled':
      throw new MatrixFailure(429, 'M_LIMIT_EXCEEDED', 'Too Many Requests', { retry_after_ms: throttledFor });
    case 'drop':
      incoming.socket.destroy();
      return true;
    case 'hang':
      if (!signal.aborted) await new Promise(resolve => signal.addEventListener('abort', resolve, { once: true }));
      return true;
    default:
      throw new MatrixFailure(500, 'M_UNKNOWN', 'Internal server error');
  }
}

function parse(
  store: RoomStore,
  incoming: IncomingMessage,
  raw: Buffer,
  signal: AbortSignal,
): { readonly request: MatrixRequest; readonly routed: Routed } {
  const url = new URL(incoming.url ?? '/', 'http://homeserver');
  const routed = findRoute(routes, incoming.method ?? 'GET', url.pathname);
  if (routed === 'path') throw new MatrixFailure(404, 'M_UNRECOGNIZED', 'Unrecognized request');
  if (routed === 'method') throw new MatrixFailure(405, 'M_UNRECOGNIZED', 'Unrecognized request');
  const token = /^Bearer (.+)$/.exec(incoming.headers.authorization ?? '')?.[1] ?? url.searchParams.get('access_token');
  const owner = token === null ? undefined : store.state.tokens[token];
  if (routed.route.open !== true && owner === undefined) {
    throw token === null
      ? new MatrixFailure(401, 'M_MISSING_TOKEN', 'Missing access token')
      : new MatrixFailure(401, 'M_UNKNOWN_TOKEN', 'Invalid access token passed.', { soft_logout: false });
  }
  const contentType = incoming.headers['content-type'] ?? '';
  const isUpload = routed.route.action === 'upload';
  return {
    routed,
    request: {
      store,
      user: owner?.user ?? '',
      device: owner?.device ?? '',
      token: token ?? '',
      params: routed.params,
      query: url.searchParams,
      body: isUpload ? {} : jsonOf(raw),
      raw,
      contentType,
      signal,
    },
  };
}

function jsonOf(raw: Buffer): Fields {
  if (raw.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(raw.toString('utf8'));
  } catch {
    throw badRequest('M_NOT_JSON', 'Content not JSON.');
  }
  if (!isFields(value)) throw badRequest('M_BAD_JSON', 'Content must be a JSON object.');
  return value;
}

/** What `/_sim/calls` shows and faults match: who, the path's variables and the body, without passwords and tokens. */
function callArgs(request: MatrixRequest, route: Route): Fields {
  const query = Object.fromEntries([...request.query].filter(([key]) => key !== 'access_token'));
  const secret = route.action === 'login';
  return {
    user: request.user,
    ...request.params,
    ...(Object.keys(query).length === 0 ? {} : { query }),
    ...(secret || Object.keys(request.body).length === 0 ? {} : { body: request.body }),
  };
}

async function bodyOf(incoming: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of incoming as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > maxBody) throw new MatrixFailure(413, 'M_TOO_LARGE', 'Request body is too large');
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function reply(response: ServerResponse, status: number, result: unknown): void {
  if (response.destroyed || response.headersSent) return;
  if (isRaw(result)) {
    response.writeHead(status, { ...corsHeaders, 'content-type': result.type, 'content-disposition': 'attachment' });
    response.end(result.raw);
    return;
  }
  const text = JSON.stringify(result ?? {});
  const retry = isFields(result) && typeof result.retry_after_ms === 'number' ? result.retry_after_ms : undefined;
  response.writeHead(status, {
    ...corsHeaders,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    ...(retry === undefined ? {} : { 'retry-after': String(Math.ceil(retry / 1_000)) }),
  });
  response.end(text);
}

/** What a fault says instead: a homeserver's error, or what a proxy before it makes up. */
function replyAs(response: ServerResponse, { status, body, headers = {} }: FaultAnswer): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? {});
  const type = typeof body === 'string' ? 'text/html' : 'application/json';
  response.writeHead(status, { ...corsHeaders, 'content-type': type, ...headers });
  response.end(text);
}

function isRaw(result: unknown): result is RawAnswer {
  return isFields(result) && Buffer.isBuffer(result.raw);
}
