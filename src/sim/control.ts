import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import type { Kernel } from './kernel.ts';
import type { FaultAnswer } from './state.ts';

/** What a fault may be asked for; an unknown key is an error that names it. */
const faultRequest = z
  .strictObject({
    match: z.strictObject({
      service: z.enum(['ec2', 'ssh', 'git', 'smtp', 'matrix', 'host']),
      action: z.string().optional(),
      host: z.string().optional(),
      contains: z.string().optional(),
    }),
    kind: z.enum([
      'throttled',
      'capacity',
      'busy',
      'reply-lost',
      'hang',
      'drop',
      'fail',
      'disk-full',
      'answer',
      'slow',
      'stale',
      'not-found',
      'incorrect-state',
      'in-use',
      'terminated',
      'torn',
      'hold-before',
      'hold-after',
    ]),
    answer: z
      .strictObject({
        status: z.int().min(200).max(599),
        body: z.unknown().default(''),
        headers: z.record(z.string(), z.string()).optional(),
        afterEffect: z.boolean().optional(),
      })
      .optional(),
    reason: z.string().min(1).optional(),
    delayMs: z.int().min(1).max(600_000).optional(),
    times: z.int().min(1).max(1_000_000).default(1),
  })
  .refine(fault => (fault.answer !== undefined) === (fault.kind === 'answer'), {
    path: ['answer'],
    error: 'the kind answer, and no other, needs an answer: {"status": 502, "body": …}',
  })
  .refine(fault => fault.kind !== 'answer' || fault.match.service === 'matrix', {
    path: ['kind'],
    error: 'only the service matrix is answered for',
  })
  .refine(fault => fault.kind === 'terminated' || fault.reason === undefined, {
    path: ['reason'],
    error: 'only the kind terminated has a reason',
  })
  .refine(fault => fault.kind === 'slow' || fault.delayMs === undefined, {
    path: ['delayMs'],
    error: 'only the kind slow has a delay',
  });

const speedRequest = z.strictObject({ speed: z.union([z.number().positive(), z.literal('max')]) });

/** More that scripts may ask of parts of the simulator: by path, e.g. `/_sim/accounts/bob`. */
export type ExtraControls = Readonly<Record<string, (rest: string, body: unknown) => unknown>>;

/**
 * The simulator's controls: HTTP with JSON on loopback. An interface for scripts: fields are only ever added.
 *
 * `GET /_sim/world` `/_sim/effects` `/_sim/calls` `/_sim/faults`, `POST /_sim/faults` → `{id}`, `DELETE /_sim/faults/ID`,
 * `POST /_sim/speed {speed}`, `POST /_sim/hot-fix/INSTANCE` (somebody mends a package's file there by hand). Wrong input: 400 with one sentence in `error`.
 */
export async function startControl(
  kernel: Kernel,
  options: { readonly port: number; readonly world: () => unknown; readonly extra?: ExtraControls },
): Promise<{ port: number; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    void answer(kernel, options.world, options.extra ?? {}, request, response);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  kernel: Kernel,
  world: () => unknown,
  extra: ExtraControls,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const send = (status: number, body: unknown) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  };
  try {
    const text = await bodyOf(request);
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    const result = control(
      kernel,
      world,
      extra,
      request.method ?? 'GET',
      new URL(request.url ?? '/', 'http://sim').pathname,
      body,
    );
    if (result === undefined) send(404, { error: `there is no ${request.method} ${request.url}` });
    else send(200, await result);
  } catch (error) {
    const said = error instanceof z.ZodError ? z.prettifyError(error) : (error as Error).message;
    send(400, { error: said });
  }
}

function control(
  kernel: Kernel,
  world: () => unknown,
  extra: ExtraControls,
  method: string,
  path: string,
  body: unknown,
): unknown {
  if (method === 'GET' && path === '/_sim/world') return world();
  if (method === 'GET' && path === '/_sim/effects') return kernel.effects;
  if (method === 'GET' && path === '/_sim/calls') return kernel.calls;
  if (method === 'GET' && path === '/_sim/faults') return kernel.faults;
  if (method === 'POST' && path === '/_sim/faults') {
    const { match, kind, times, answer, reason, delayMs } = faultRequest.parse(body);
    const { service, action, host, contains } = match;
    const given = {
      service,
      ...(action === undefined ? {} : { action }),
      ...(host === undefined ? {} : { host }),
      ...(contains === undefined ? {} : { contains }),
    };
    const details = {
      ...(reason === undefined ? {} : { reason }),
      ...(delayMs === undefined ? {} : { delayMs }),
    };
    return { id: kernel.addFault(given, kind, times, answer as FaultAnswer | undefined, details) };
  }
  const fault = /^\/_sim\/faults\/(\d+)$/.exec(path)?.[1];
  if (method === 'DELETE' && fault !== undefined) return { removed: kernel.removeFault(Number(fault)) };
  if (method === 'POST' && path === '/_sim/speed') {
    const { speed } = speedRequest.parse(body);
    kernel.setSpeed(speed);
    return { speed };
  }
  for (const [prefix, act] of Object.entries(extra)) {
    if (method === 'POST' && path.startsWith(`/_sim/${prefix}/`))
      return act(path.slice(`/_sim/${prefix}/`.length), body) ?? {};
  }
  return undefined;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
