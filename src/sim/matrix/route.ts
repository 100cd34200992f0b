import type { Fields } from './matrix-state.ts';
import type { RoomStore } from './room-store.ts';

/** One request, parsed; `user` and `device` are '' where a route is open to strangers. */
export interface MatrixRequest {
  readonly store: RoomStore;
  readonly user: string;
  readonly device: string;
  readonly token: string;
  /** The path's variables, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Fields;
  /** The body as it came, for uploads. */
  readonly raw: Buffer;
  readonly contentType: string;
  /** Fires when the client went away or the server closes. */
  readonly signal: AbortSignal;
}

/** An answer that isn't JSON. */
export interface RawAnswer {
  readonly raw: Buffer;
  readonly type: string;
}

export interface Route {
  readonly method: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** Below `/_matrix/`; `:name` stands for one segment. Several where versions differ. */
  readonly paths: readonly string[];
  /** What the call is named in `/_sim/calls` and matched by in faults. */
  readonly action: string;
  /** No access token needed. */
  readonly open?: true;
  readonly handle: (request: MatrixRequest) => unknown;
}

export interface Routed {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

/** The first route that fits, or why none does: an unknown path (404) or another method (405). */
export function findRoute(routes: readonly Route[], method: string, path: string): Routed | 'path' | 'method' {
  let pathKnown = false;
  const segments = path.split('/').filter((part, index) => part !== '' || index > 1);
  for (const route of routes) {
    for (const pattern of route.paths) {
      const params = matched(pattern.split('/'), segments);
      if (params === undefined) continue;
      if (route.method === method) return { route, params };
      pathKnown = true;
    }
  }
  return pathKnown ? 'method' : 'path';
}

function matched(pattern: readonly string[], segments: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {};
  if (segments[0] !== '_matrix') return undefined;
  const actual = segments.slice(1);
  // A state event's empty key is a trailing slash or nothing.
  while (actual.length > pattern.length && actual.at(-1) === '') actual.pop();
  if (actual.length !== pattern.length) return undefined;
  for (const [index, part] of pattern.entries()) {
    const given = actual[index] ?? '';
    if (part.startsWith(':')) {
      try {
        params[part.slice(1)] = decodeURIComponent(given);
      } catch {
        return undefined;
      }
    } else if (part !== given && !(part === 'v3' && given === 'r0')) return undefined;
  }
  return params;
}
