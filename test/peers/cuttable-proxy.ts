import { connect, createServer, type Socket } from 'node:net';

/** A way to a port, or to a socket by its path, that can be cut: what goes over it is gone without a word. */
export async function cuttableProxy(
  to: number | string,
): Promise<{ port: number; cut(): void; holdAfter(bytes: number): void; stop(): Promise<void> }> {
  const sockets = new Set<Socket>();
  let left = Number.POSITIVE_INFINITY;
  const server = createServer(near => {
    const far = typeof to === 'string' ? connect(to) : connect(to, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      one.setNoDelay(true);
      one.on('error', () => {});
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
    near.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left <= 0) near.unpipe(far).pause();
    });
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as { port: number }).port,
    cut,
    /** Takes so many more bytes from the near sides, and then none. */
    holdAfter(bytes) {
      left = bytes;
    },
    async stop() {
      cut();
      await new Promise<void>(resolve => server.close(() => resolve()));
    },
  };
}
