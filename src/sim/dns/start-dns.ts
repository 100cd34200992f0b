import { createSocket } from 'node:dgram';
import { AUTHORITATIVE_ANSWER, decode, encode, type Packet } from 'dns-packet';
import type { Kernel } from '../kernel.ts';

/** The pretend world's name server, UDP on 127.0.0.1: answers A and AAAA from `kernel.state.dns`. */
export async function startDns(
  kernel: Kernel,
  options: { readonly port: number },
): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const socket = createSocket('udp4');
  socket.on('message', (message, from) => {
    const answer = answerTo(kernel, message);
    if (answer !== undefined) socket.send(encode(answer), from.port, from.address);
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(options.port, '127.0.0.1', resolve);
  });
  socket.on('error', () => undefined);
  return {
    port: socket.address().port,
    stop: () => new Promise(resolve => socket.close(() => resolve())),
  };
}

function answerTo(kernel: Kernel, message: Buffer): Packet | undefined {
  const query = question(message);
  const asked = query?.questions?.[0];
  if (query === undefined || asked === undefined) return undefined;
  const { type } = asked;
  const name = asked.name.toLowerCase();
  kernel.call('dns', 'query', { type, name });
  const records = type === 'A' || type === 'AAAA' ? (kernel.state.dns[`${type} ${name}`] ?? []) : [];
  const known = ['A', 'AAAA'].some(one => kernel.state.dns[`${one} ${name}`] !== undefined);
  // Code 3: there is no such name.
  const flags = AUTHORITATIVE_ANSWER | (known ? 0 : 3);
  return {
    type: 'response',
    ...(query.id === undefined ? {} : { id: query.id }),
    flags,
    questions: [asked],
    answers: records.map(data => ({ type: type === 'AAAA' ? 'AAAA' : 'A', name: asked.name, ttl: 60, data })),
  };
}

function question(message: Buffer): Packet | undefined {
  try {
    return decode(message);
  } catch {
    return undefined;
  }
}
