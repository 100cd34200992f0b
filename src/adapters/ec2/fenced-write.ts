import { request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { buffer } from 'node:stream/consumers';
import { type FerryError, NotSent, Unknown } from '#core/errors.ts';
import type { Send } from '#ports/send.ts';
import { codeOf } from './translate-error.ts';

/** A signed request as the AWS client hands it to its transport. */
export interface WireRequest {
  readonly protocol: string;
  readonly hostname: string;
  readonly port?: number;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface WireResponse {
  readonly statusCode: number;
  readonly reason: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/**
 * Sends one request on a connection of its own and reads its answer whole. `send` is looked at when the connection
 * stands and nothing was written; when `sendBy` comes before the last byte has left, the connection is cut.
 *
 * A connection of its own, because an idle one that the other side just closed would make an unclear outcome.
 *
 * @param replyMs how long the answer may take once the request has left.
 * @throws NotSent no byte left. @throws Unknown some did, and there is no whole answer.
 */
export function fencedWrite(wire: WireRequest, what: string, send: Send, replyMs: number): Promise<WireResponse> {
  const body = wire.body === undefined ? '' : wire.body;
  if (typeof body !== 'string' && !(body instanceof Uint8Array)) {
    throw new NotSent(`not sent: the body of ${what} can't be written in one go`);
  }
  if (isLate(send)) throw new NotSent();
  const tls = wire.protocol === 'https:';
  return new Promise((resolve, reject) => {
    let wrote = false;
    const request = (tls ? httpsRequest : httpRequest)({
      host: wire.hostname,
      ...(wire.port === undefined ? {} : { port: wire.port }),
      method: wire.method,
      path: wire.path,
      headers: wire.headers,
      agent: false,
    });
    const end = (error: FerryError | undefined, response?: WireResponse) => {
      clearTimeout(timer);
      send.signal.removeEventListener('abort', aborted);
      if (response === undefined) {
        reject(error);
        request.destroy();
      } else resolve(response);
    };
    const unanswered = (code: string, why: string) => {
      const happened = `${why}: ${what} may have happened`;
      end(wrote ? new Unknown(code, happened) : new NotSent(`not sent: ${why} before ${what} had left`));
    };
    const aborted = () => unanswered('aborted', 'this process had to let go');
    let timer = setTimeout(
      () => unanswered('late', 'the time in which this process may send it passed'),
      Math.max(0, send.sendBy - send.now()),
    );
    send.signal.addEventListener('abort', aborted);
    request.on('socket', socket => {
      socket.setNoDelay(true);
      socket.once(tls ? 'secureConnect' : 'connect', () => {
        if (isLate(send)) return end(new NotSent());
        wrote = true;
        request.end(body);
      });
    });
    request.on('finish', () => {
      clearTimeout(timer);
      timer = setTimeout(() => unanswered('no-reply', `AWS did not answer within ${replyMs / 1000} s`), replyMs);
    });
    request.on('response', response => {
      answerOf(response).then(
        answer => end(undefined, answer),
        (error: Error) => unanswered(codeOf(error) ?? 'connection-lost', 'the connection broke off in the answer'),
      );
    });
    request.on('error', error => {
      const code = codeOf(error) ?? 'connection-lost';
      unanswered(code, `the connection to ${wire.hostname} failed (${code})`);
    });
  });
}

function isLate(send: Send): boolean {
  return send.signal.aborted || send.now() > send.sendBy;
}

async function answerOf(response: IncomingMessage): Promise<WireResponse> {
  const headers = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
  const body = await buffer(response);
  return {
    statusCode: response.statusCode ?? 0,
    reason: response.statusMessage ?? '',
    headers: Object.fromEntries(headers),
    body,
  };
}
