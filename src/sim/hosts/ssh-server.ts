import { timingSafeEqual } from 'node:crypto';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import ssh2, { type AuthContext, type Connection, type ParsedKey, type ServerChannel } from 'ssh2';
import type { Kernel } from '../kernel.ts';
import { readsScript, requestOf } from './request.ts';
import { algorithms } from './ssh-algorithms.ts';
import type { VirtualHost } from './virtual-host.ts';

/** Whether a login attempt is by the one key that is let in, and signed with it. */
export function signedBy(key: ParsedKey, context: AuthContext): boolean {
  if (context.method !== 'publickey') return false;
  const wanted = key.getPublicSSH();
  const given = context.key.data;
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return false;
  if (context.signature === undefined || context.blob === undefined) return true;
  return key.verify(context.blob, context.signature, context.hashAlgo) === true;
}

/** Listens on the port of 127.0.0.1 that a listener has for life. */
export async function listen(kernel: Kernel, name: string, server: Server): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(kernel.state.ports[name] ?? 0, '127.0.0.1', () => resolve());
  });
  const { port } = server.address() as AddressInfo;
  if (kernel.state.ports[name] !== port) {
    kernel.state.ports[name] = port;
    kernel.save();
  }
  return port;
}

/** The sshd of one pretend host: public key only, exec and a plain shell, no forwarding. */
export class HostSshServer {
  readonly host: VirtualHost;
  readonly #server: Server;
  readonly #clients = new Set<Connection>();
  readonly #sockets = new Set<Socket>();
  port = 0;

  constructor(host: VirtualHost, key: ParsedKey, user: string) {
    this.host = host;
    const ssh = new ssh2.Server({ hostKeys: [host.state.hostKey], algorithms }, client =>
      this.#accept(client, key, user),
    );
    this.#server = createServer(socket => {
      socket.on('error', () => {});
      // A host that is down has no port that answers.
      if (!host.state.up) {
        socket.destroy();
        return;
      }
      // Otherwise each answer waits 40 ms for an acknowledgement.
      socket.setNoDelay(true);
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      ssh.injectSocket(socket);
    });
  }

  async listen(): Promise<void> {
    this.port = await listen(this.host.kernel, `host ${this.host.id}`, this.#server);
  }

  /** Every session is gone, as when the power is. */
  dropAll(): void {
    for (const client of this.#clients) client.end();
    for (const socket of this.#sockets) socket.destroy();
  }

  async stop(): Promise<void> {
    this.dropAll();
    await new Promise<void>(resolve => this.#server.close(() => resolve()));
  }

  #accept(client: Connection, key: ParsedKey, user: string): void {
    this.#clients.add(client);
    client.on('error', () => {});
    client.on('close', () => this.#clients.delete(client));
    let login = '';
    client.on('authentication', context => {
      login = context.username;
      const { state } = this.host;
      const known = state.id === 'batcave01' ? [user] : ['root', 'fedora'];
      if (state.up && state.botKey && known.includes(login) && signedBy(key, context)) context.accept();
      else context.reject(['publickey']);
    });
    client.on('session', accept => {
      const session = accept();
      const env: Record<string, string> = {};
      session.on('env', (ok, _no, info) => {
        env[info.key] = info.val;
        ok?.();
      });
      session.on('pty', ok => ok?.());
      session.on('signal', ok => ok?.());
      session.on('exec', (ok, _no, { command }) => {
        void this.#exec(client, ok(), login, command);
      });
      session.on('shell', ok => {
        this.#shell(ok(), login);
      });
    });
    client.on('request', (_accept, reject) => reject?.());
  }

  #refusedLogin(login: string): string | undefined {
    if (login !== 'root' || this.host.state.rootLogin) return undefined;
    return 'Please login as the user "fedora" rather than the user "root".\n\n';
  }

  async #exec(client: Connection, channel: ServerChannel, login: string, command: string): Promise<void> {
    const { host } = this;
    const { kernel } = host;
    channel.on('error', () => {});
    const refused = this.#refusedLogin(login);
    const stdin = await readAll(channel, readsScript(command) || refused !== undefined);
    if (refused !== undefined) return end(channel, 142, refused, '');
    const script = readsScript(command) ? stdin : command;
    const request = requestOf(command, script);
    const call = kernel.call(
      'ssh',
      request.action,
      {
        mode: request.mode,
        command: request.command,
        ...(request.key === undefined ? {} : { key: request.key }),
        user: login,
        session: this.#numberOf(client),
      },
      host.id,
    );
    const met = await kernel.before(call);
    if (met?.kind === 'hang') return;
    if (met?.kind === 'drop') return drop(client);
    const fails =
      met !== undefined && met.kind !== 'reply-lost' ? (met.kind === 'disk-full' ? 'disk-full' : 'fail') : undefined;
    if (fails !== undefined && request.mode !== 'run' && request.mode !== 'start')
      return end(channel, 1, '', `${request.action}: ${fails === 'fail' ? 'failed' : 'No space left on device'}\n`);
    const asRoot = login === 'root' || command.includes('sudo -n');
    const result = await host.exec(
      script,
      {
        user: asRoot ? 'root' : login,
        pid: host.takePid(),
        ...(fails === undefined ? {} : { fault: { program: request.action, kind: fails } }),
      },
      readsScript(command) ? '' : stdin,
    );
    await kernel.after(call);
    if (met?.kind === 'reply-lost') return drop(client);
    end(channel, result.code, result.stdout, result.stderr);
  }

  /** Connections are told apart by number, in `/_sim/calls`. */
  #numberOf(client: Connection): number {
    const known = numbers.get(client) ?? ++connections;
    numbers.set(client, known);
    return known;
  }

  /** Line by line: enough for people who look around. */
  #shell(channel: ServerChannel, login: string): void {
    const { host } = this;
    const refused = this.#refusedLogin(login);
    if (refused !== undefined) {
      end(channel, 142, refused.replaceAll('\n', '\r\n'), '');
      return;
    }
    const prompt = `[${login}@${host.state.name.split('.')[0]} ~]${login === 'root' ? '#' : '$'} `;
    channel.on('error', () => {});
    channel.write(prompt);
    let line = '';
    let last = Promise.resolve();
    channel.on('data', (bytes: Buffer) => {
      for (const letter of bytes.toString()) {
        if (letter === '\u0004' || letter === '\u0003') return end(channel, 0, '\r\n', '');
        if (letter === '\u007f') {
          if (line !== '') channel.write('\b \b');
          line = line.slice(0, -1);
        } else if (letter === '\r' || letter === '\n') {
          const script = line;
          line = '';
          channel.write('\r\n');
          last = last.then(() => this.#line(channel, login, script, prompt));
        } else {
          line += letter;
          channel.write(letter);
        }
      }
    });
  }

  async #line(channel: ServerChannel, login: string, script: string, prompt: string): Promise<void> {
    if (/^\s*(?:exit|logout)\b/.test(script)) return end(channel, 0, 'logout\r\n', '');
    const { action, command } = requestOf(script, script);
    if (script.trim() !== '')
      this.host.kernel.call('ssh', action, { mode: 'plain', command, user: login }, this.host.id);
    const { stdout, stderr } = await this.host.exec(script, { user: login, pid: this.host.takePid() });
    channel.write((stdout + stderr).replaceAll('\n', '\r\n') + prompt);
  }
}

let connections = 0;
const numbers = new WeakMap<Connection, number>();

function drop(client: Connection): void {
  (client as unknown as { _sock?: Socket })._sock?.destroy();
  client.end();
}

function end(channel: ServerChannel, code: number, stdout: string, stderr: string): void {
  if (channel.destroyed) return;
  if (stderr !== '') channel.stderr.write(stderr);
  if (stdout !== '') channel.write(stdout);
  channel.exit(code);
  channel.end();
}

/**
 * Standard input until its end. A command that may not need it doesn't wait for an end that a terminal never sends.
 *
 * @param whole wait for the end.
 */
function readAll(channel: ServerChannel, whole: boolean): Promise<string> {
  return new Promise(resolve => {
    const chunks: Buffer[] = [];
    const done = () => {
      clearTimeout(timer);
      resolve(Buffer.concat(chunks).toString('utf8'));
    };
    const patience = () => (whole ? undefined : setTimeout(done, 150));
    let timer = patience();
    channel.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      clearTimeout(timer);
      timer = patience();
    });
    channel.on('end', done);
    channel.on('close', done);
  });
}
