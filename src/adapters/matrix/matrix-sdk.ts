import type { MatrixClient as Client } from 'matrix-bot-sdk';
import { fetchRequest } from './fetch-request.ts';

// The SDK loads the deprecated `request`, which warns as it is loaded; nothing of it is used here.
const warned = process.noDeprecation;
process.noDeprecation = true;
const sdk = await import('matrix-bot-sdk');
await new Promise(resolve => setImmediate(resolve));
process.noDeprecation = warned ?? false;

// Its logger prints whole requests. What matters reaches the caller as an error.
const silent = { info() {}, warn() {}, error() {}, debug() {}, trace() {} };
sdk.LogService.setLogger(silent);
sdk.LogService.setLevel(sdk.LogLevel.ERROR);
sdk.setRequestFn(fetchRequest);

export type MatrixClient = Client;

/** A client of matrix-bot-sdk whose requests go through `fetch`. It keeps nothing and syncs only when told to. */
export function matrixClient(homeserver: string, accessToken: string): MatrixClient {
  return new sdk.MatrixClient(homeserver, accessToken);
}

export const MatrixError = sdk.MatrixError;
