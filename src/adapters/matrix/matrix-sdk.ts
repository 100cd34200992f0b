import { fetchRequest, withSignal } from './fetch-request.ts';

// The SDK loads the deprecated `request`, which warns as it is loaded; nothing of it is used here. Under --no-deprecation
// the setting can't be written, and need not be.
const warned = process.noDeprecation;
if (warned !== true) process.noDeprecation = true;
// Its parts by name: its index loads a web server, a database and the crypto besides, 25 MB that nothing here uses.
const { doHttpRequest } = await import('matrix-bot-sdk/lib/http.js');
const { setRequestFn } = await import('matrix-bot-sdk/lib/request.js');
const { LogLevel, LogService } = await import('matrix-bot-sdk/lib/logging/LogService.js');
const errors = await import('matrix-bot-sdk/lib/models/MatrixError.js');
await new Promise(resolve => setImmediate(resolve));
if (warned !== true) process.noDeprecation = warned ?? false;

// Its logger prints whole requests. What matters reaches the caller as an error.
const silent = { info() {}, warn() {}, error() {}, debug() {}, trace() {} };
LogService.setLogger(silent);
LogService.setLevel(LogLevel.ERROR);
setRequestFn(fetchRequest);

/** The SDK's own request with an account's token, as its client makes it. It keeps nothing and syncs only when told to. */
export interface MatrixClient {
  /** @throws MatrixError the server said no; the answer itself for another status without a body that says why. */
  doRequest(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    query: Readonly<Record<string, unknown>>,
    body: unknown,
    timeoutMs: number,
    contentType: string,
  ): Promise<unknown>;
}

/** A client of matrix-bot-sdk whose requests go through `fetch`. @param closing ends every request when it fires. */
export function matrixClient(homeserver: string, accessToken: string, closing?: AbortSignal): MatrixClient {
  const at = homeserver.replace(/\/$/, '');
  return {
    doRequest: (method, path, query, body, timeoutMs, contentType) => {
      const headers = { Authorization: `Bearer ${accessToken}` };
      const request = () => doHttpRequest(at, method, path, query, body, headers, timeoutMs, false, contentType);
      return closing === undefined ? request() : withSignal(closing, request);
    },
  };
}

export const { MatrixError } = errors;
