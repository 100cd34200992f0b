import { type MatrixClient, MatrixError } from './matrix-sdk.ts';

const firstPause = 1_000;
const longestPause = 60_000;

/**
 * A client that asks a server which refuses its token only now and then: until the next attempt is due, each call is answered
 * with the refusal of before. Whatever wants to be said or read meanwhile, the server hears one request.
 *
 * @param now ms, of a clock that never goes back.
 */
export function tokenGuard(client: MatrixClient, now: () => number = () => performance.now()): MatrixClient {
  let refused: { readonly error: unknown; readonly pause: number; readonly until: number } | undefined;
  let asking = false;
  return {
    async doRequest(...request) {
      if (refused !== undefined && (asking || now() < refused.until)) throw refused.error;
      asking = refused !== undefined;
      try {
        const answer = await client.doRequest(...request);
        refused = undefined;
        return answer;
      } catch (error) {
        if (isRefusal(error)) {
          const pause = refused === undefined ? firstPause : Math.min(longestPause, refused.pause * 2);
          // Others were on their way when the first was refused: together they are one refusal.
          if (refused === undefined || now() >= refused.until) refused = { error, pause, until: now() + pause };
        } else if (error instanceof MatrixError) refused = undefined;
        throw error;
      } finally {
        asking = false;
      }
    },
  };
}

function isRefusal(error: unknown): boolean {
  return error instanceof MatrixError && error.statusCode === 401;
}
