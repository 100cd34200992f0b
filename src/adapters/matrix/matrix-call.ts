import { setTimeout as sleep } from 'node:timers/promises';
import { Refused, Unknown } from '#core/errors.ts';
import { Throttled } from '#ports/chat.ts';
import { withSignal } from './fetch-request.ts';
import { type MatrixClient, MatrixError } from './matrix-sdk.ts';

/** A JSON object that a server sent. */
export type Fields = Readonly<Record<string, unknown>>;

export interface MatrixCall {
  readonly method: 'GET' | 'PUT' | 'POST';
  /** Below `/_matrix/`, its variables encoded: see `path`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: Fields | Buffer;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
  /** ms. */
  readonly timeout?: number;
}

/** Writes a path with each variable encoded. */
export function path(parts: TemplateStringsArray, ...variables: readonly string[]): string {
  return String.raw({ raw: parts }, ...variables.map(encodeURIComponent));
}

/** A server's refusal with its status, for those who make something of it (404: there is none). */
export class ServerRefusal extends Refused {
  readonly status: number;
  readonly errcode: string;
  constructor(status: number, errcode: string, sentence: string) {
    super(codeOf(errcode), sentence);
    this.status = status;
    this.errcode = errcode;
  }
}

/**
 * Makes one call of the Client-Server API through the SDK. A throttled call (429: nothing happened) is made again after
 * the time that the server names, as long as all waits together stay within `patience` ms.
 *
 * @throws ServerRefusal the server said no; nothing happened.
 * @throws Throttled beyond the bound; nothing happened.
 * @throws Unknown time-out, dropped connection, 5xx, no JSON, or a proxy's page.
 */
export async function matrixCall(client: MatrixClient, call: MatrixCall, patience: number): Promise<Fields> {
  let waited = 0;
  for (;;) {
    try {
      return await once(client, call);
    } catch (error) {
      const pause = throttledFor(error);
      if (pause === undefined) throw translated(error, call);
      if (waited + pause > patience) throw new Throttled(pause);
      waited += pause;
      await sleep(pause, undefined, call.signal === undefined ? {} : { signal: call.signal });
    }
  }
}

async function once(client: MatrixClient, call: MatrixCall): Promise<Fields> {
  const request = () =>
    client.doRequest(
      call.method,
      `/_matrix/${call.path}`,
      Object.fromEntries(Object.entries(call.query ?? {}).filter(([, value]) => value !== undefined)),
      call.body ?? (call.method === 'GET' ? null : {}),
      call.timeout ?? 30_000,
      call.contentType ?? 'application/json',
    );
  const answer = await (call.signal === undefined ? request() : withSignal(call.signal, request));
  if (typeof answer === 'object' && answer !== null) return answer as Fields;
  throw new Unknown('chat-not-json', 'The chat server answered something that is not JSON: is its address right?');
}

/** How long a throttled client shall wait, ms; undefined for every other failure. */
function throttledFor(error: unknown): number | undefined {
  if (statusOf(error) !== 429) return undefined;
  const { headers = {}, retryAfterMs } = error as { readonly retryAfterMs?: unknown; readonly headers?: Fields };
  const seconds = Number(headers['retry-after']);
  const given = retryAfterMs ?? (seconds > 0 ? seconds * 1_000 : undefined);
  return typeof given === 'number' && given >= 0 ? Math.max(50, given) : 1_000;
}

function translated(error: unknown, call: MatrixCall): Error {
  if (error instanceof Refused || error instanceof Unknown) return error;
  if (call.signal?.aborted) return call.signal.reason instanceof Error ? call.signal.reason : new Error('aborted');
  if (error instanceof MatrixError && error.statusCode < 500) {
    return new ServerRefusal(error.statusCode, error.errcode, sentenceOf(error.errcode, error.error));
  }
  const status = statusOf(error);
  // A proxy's limit of a body is as final as the server's own.
  if (status === 413) return new ServerRefusal(status, 'M_TOO_LARGE', 'The chat server refused: too large (413).');
  if (status !== undefined && status >= 400 && status < 500) {
    return new Unknown('chat-not-matrix', `Something before the chat server refused with HTTP status ${status}.`);
  }
  if (status !== undefined) {
    return new Unknown('chat-server-error', `The chat server failed with HTTP status ${status}.`);
  }
  const late = error instanceof Error && error.name === 'TimeoutError';
  return late
    ? new Unknown('chat-no-answer', 'The chat server did not answer in time.')
    : new Unknown('chat-unreachable', 'The connection to the chat server failed.', { cause: error });
}

/** The SDK throws the bare answer where its body isn't an error of the API. */
function statusOf(error: unknown): number | undefined {
  const status = (error as { readonly statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : undefined;
}

const codes: Readonly<Record<string, string>> = {
  M_FORBIDDEN: 'chat-forbidden',
  M_UNKNOWN_TOKEN: 'chat-token-refused',
  M_MISSING_TOKEN: 'chat-token-refused',
  M_USER_DEACTIVATED: 'chat-token-refused',
  M_NOT_FOUND: 'chat-not-found',
  M_TOO_LARGE: 'message-too-long',
  M_DUPLICATE_ANNOTATION: 'chat-duplicate-reaction',
};

function codeOf(errcode: string): string {
  return codes[errcode] ?? 'chat-refused';
}

function sentenceOf(errcode: string, said: unknown): string {
  if (codeOf(errcode) === 'chat-token-refused') return 'The chat server does not take our access token: renew it.';
  const detail = typeof said === 'string' ? said.slice(0, 200).replace(/\s+/g, ' ') : errcode;
  return `The chat server refused: ${detail.replace(/\.$/, '')} (${errcode}).`;
}
