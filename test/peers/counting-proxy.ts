import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What went over it: `GET /_matrix/client/v3/sync`, the server's status, and when it answered, ms. */
export interface Passed {
  readonly what: string;
  readonly status: number;
  readonly at: number;
}

/** Passes HTTP on to a server, and keeps what was asked. */
export async function countingProxy(to: string): Promise<{ url: string; passed: Passed[]; stop(): Promise<void> }> {
  const passed: Passed[] = [];
  const server = createServer((asked, answers) => {
    const { method, headers, url = '/' } = asked;
    const onward = request(new URL(url, to), { method, headers }, answer => {
      passed.push({ what: `${method} ${url.split('?', 1)[0]}`, status: answer.statusCode ?? 0, at: Date.now() });
      answers.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(answers);
    });
    onward.on('error', () => answers.destroy());
    answers.on('close', () => onward.destroy());
    asked.pipe(onward);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    passed,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
