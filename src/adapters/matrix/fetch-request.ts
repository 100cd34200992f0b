import { AsyncLocalStorage } from 'node:async_hooks';

/** What the SDK gives its request function, as far as it is used. */
interface RequestParams {
  readonly uri: string;
  readonly method: string;
  readonly qs?: Readonly<Record<string, unknown>> | null;
  /** null: the body is wanted as a buffer. */
  readonly encoding?: null;
  /** ms. */
  readonly timeout: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  body: unknown;
}

type Callback = (error: Error | null, response?: Answer, body?: unknown) => void;

const abortable = new AsyncLocalStorage<AbortSignal>();

/**
 * Runs a call of the SDK so that its request ends when the signal fires, or that of a call around it: the SDK itself has no
 * way to say so.
 */
export function withSignal<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  const outer = abortable.getStore();
  return abortable.run(outer === undefined ? signal : AbortSignal.any([outer, signal]), call);
}

/** The SDK's request function (that of the package `request`) over `fetch`. */
export function fetchRequest(params: RequestParams, callback: Callback): void {
  send(params).then(
    answer => callback(null, answer, answer.body),
    (error: Error) => callback(error),
  );
}

async function send(params: RequestParams): Promise<Answer> {
  const url = new URL(params.uri);
  for (const [key, value] of Object.entries(params.qs ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null) url.searchParams.append(key, String(one));
    }
  }
  const outer = abortable.getStore();
  const limit = AbortSignal.timeout(params.timeout);
  const body = typeof params.body === 'string' ? params.body : params.body && new Uint8Array(params.body);
  const response = await fetch(url, {
    method: params.method,
    headers: params.headers,
    ...(body === undefined ? {} : { body }),
    signal: outer === undefined ? limit : AbortSignal.any([outer, limit]),
  });
  return {
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
    body: params.encoding === null ? Buffer.from(await response.arrayBuffer()) : await response.text(),
  };
}
