import type { AddressInfo, Socket } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import type { Kernel, Met } from '../kernel.ts';
import { readMail } from './read-mail.ts';

/** What the server answers to a fault. */
const answers: Readonly<Partial<Record<Met['kind'], { readonly code: number; readonly text: string }>>> = {
  throttled: { code: 451, text: '4.7.1 Too many messages, try again later' },
  busy: { code: 450, text: '4.2.1 Mailbox busy' },
  capacity: { code: 452, text: '4.3.1 Insufficient system storage' },
  'disk-full': { code: 452, text: '4.3.1 Insufficient system storage' },
  fail: { code: 554, text: '5.7.1 Rejected by policy' },
};

/** The pretend world's mail server: takes everything into `kernel.state.mails`; a mail sent twice stands there twice. */
export async function startSmtp(
  kernel: Kernel,
  options: { readonly port: number },
): Promise<{ readonly port: number; stop(): Promise<void> }> {
  // By the port of the other end: to hang up on somebody without a word.
  const sockets = new Map<number, Socket>();
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    disableReverseLookup: true,
    logger: false,
    closeTimeout: 50,
    onData: (stream, session, done) => {
      receive(kernel, stream, session, done, () => sockets.get(session.remotePort)?.destroy()).catch(error =>
        done(error),
      );
    },
  });
  server.on('error', () => undefined);
  server.server.on('connection', (socket: Socket) => {
    const { remotePort } = socket;
    if (remotePort === undefined) return;
    sockets.set(remotePort, socket);
    socket.once('close', () => sockets.delete(remotePort));
  });
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject);
    server.listen(options.port, '127.0.0.1', () => resolve());
  });
  return {
    port: (server.server.address() as AddressInfo).port,
    stop: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        for (const socket of sockets.values()) socket.destroy();
      }),
  };
}

async function receive(
  kernel: Kernel,
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
  done: (error?: Error | null, message?: string) => void,
  hangUp: () => void,
): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
  const mail = readMail(Buffer.concat(chunks));
  const to = session.envelope.rcptTo.map(recipient => recipient.address);
  const args = { messageId: mail.messageId, to, subject: mail.subject };
  const call = kernel.call('smtp', 'send', args);
  const met = await kernel.before(call);
  if (met?.kind === 'hang') return;
  if (met?.kind === 'drop') {
    hangUp();
    return;
  }
  const answer = met === undefined ? undefined : answers[met.kind];
  if (answer !== undefined) {
    done(Object.assign(new Error(answer.text), { responseCode: answer.code }));
    return;
  }
  kernel.state.mails.push({ ...mail, to, at: Date.now() });
  kernel.effect('smtp', 'send', args);
  await kernel.after(call);
  if (met?.kind === 'reply-lost') hangUp();
  else done(null, 'queued');
}
