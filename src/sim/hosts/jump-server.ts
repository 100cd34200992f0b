import { connect, createServer, type Server, type Socket } from 'node:net';
import ssh2, { type ParsedKey } from 'ssh2';
import type { Kernel } from '../kernel.ts';
import { newHostKey } from './seed.ts';
import { algorithms } from './ssh-algorithms.ts';
import { listen, signedBy } from './ssh-server.ts';

/** How long open connections to a host go on after its address became another host's, ms of world time. */
const afterReassociation = 60_000;

interface Leading {
  readonly host: string;
  readonly port: number;
}

/** A jump host's key is kept with the hosts' states. */
interface JumpState {
  hostKey: string;
  publicKey: string;
}

/** The simulator's way to its hosts' addresses: direct-tcpip to ADDRESS:22 ends at the host that has the address now. */
export class JumpServer {
  readonly #kernel: Kernel;
  readonly #server: Server;
  readonly #clients = new Set<Socket>();
  readonly #open = new Set<{ readonly address: string; readonly host: string; readonly socket: Socket }>();
  readonly #find: (address: string) => Leading | undefined;
  readonly publicKey: string;
  port = 0;

  constructor(kernel: Kernel, key: ParsedKey, user: string, find: (address: string) => Leading | undefined) {
    this.#kernel = kernel;
    this.#find = find;
    kernel.state.hosts['jump-host'] ??= newHostKey();
    const state = kernel.state.hosts['jump-host'] as JumpState;
    this.publicKey = state.publicKey;
    const ssh = new ssh2.Server({ hostKeys: [state.hostKey], algorithms }, client => {
      client.on('error', () => {});
      const sockets = new Set<Socket>();
      client.on('close', () => {
        for (const socket of sockets) socket.destroy();
      });
      client.on('authentication', context => {
        if (context.username === user && signedBy(key, context)) context.accept();
        else context.reject(['publickey']);
      });
      client.on('tcpip', (accept, reject, { destIP, destPort }) => {
        const lead = destPort === 22 ? this.#find(destIP) : undefined;
        if (lead === undefined) return reject();
        const socket = connect(lead.port, '127.0.0.1');
        socket.setNoDelay(true);
        const entry = { address: destIP, host: lead.host, socket };
        this.#open.add(entry);
        sockets.add(socket);
        socket.on('close', () => {
          this.#open.delete(entry);
          sockets.delete(socket);
        });
        socket.once('error', () => reject());
        socket.once('connect', () => {
          const channel = accept();
          channel.on('error', () => socket.destroy());
          socket.on('error', () => channel.destroy());
          channel.on('close', () => socket.destroy());
          socket.on('close', () => channel.end());
          channel.pipe(socket).pipe(channel);
        });
      });
      client.on('session', (_accept, reject) => reject());
      client.on('request', (_accept, reject) => reject?.());
    });
    this.#server = createServer(socket => {
      socket.setNoDelay(true);
      socket.on('error', () => {});
      this.#clients.add(socket);
      socket.on('close', () => this.#clients.delete(socket));
      ssh.injectSocket(socket);
    });
  }

  async listen(): Promise<void> {
    this.port = await listen(this.#kernel, 'jump-host', this.#server);
  }

  /** Addresses have moved: what was open to a host by an address that isn't its any more lives on for a while. */
  moved(): void {
    for (const one of this.#open) {
      if (this.#find(one.address)?.host === one.host) continue;
      this.#kernel.later(afterReassociation, () => {
        if (this.#find(one.address)?.host !== one.host) one.socket.destroy();
      });
    }
  }

  async stop(): Promise<void> {
    for (const { socket } of this.#open) socket.destroy();
    for (const socket of this.#clients) socket.destroy();
    await new Promise<void>(resolve => this.#server.close(() => resolve()));
  }
}
