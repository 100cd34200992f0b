import { connect, createServer, type Socket } from 'node:net';

/** A relay before a socket that can lose a reply: what was asked is done, the answer never comes, the connection drops. */
export interface LosingProxy {
  readonly socket: string;
  /** The next thing that the server says on any connection is lost. */
  loseNextReply(): void;
  /** How many replies were lost. */
  lost(): number;
  stop(): Promise<void>;
}

export async function losingProxy(path: string, server: () => string): Promise<LosingProxy> {
  let armed = false;
  let lost = 0;
  const open = new Set<Socket>();
  const relay = createServer(client => {
    const upstream = connect({ path: server() });
    const drop = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      open.add(socket);
      socket.on('close', () => {
        open.delete(socket);
        drop();
      });
      socket.on('error', drop);
    }
    client.on('data', data => upstream.write(data));
    upstream.on('data', data => {
      if (armed) {
        armed = false;
        lost += 1;
        drop();
      } else {
        client.write(data);
      }
    });
  });
  await new Promise<void>(resolve => relay.listen(path, resolve));
  return {
    socket: path,
    loseNextReply() {
      armed = true;
    },
    lost: () => lost,
    async stop() {
      for (const socket of open) socket.destroy();
      await new Promise(resolve => relay.close(resolve));
    },
  };
}
