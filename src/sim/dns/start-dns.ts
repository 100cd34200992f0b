import { createSocket } from 'node:dgram';
import { AUTHORITATIVE_ANSWER, decode, encode, type Packet } from 'dns-packet';
import type { Kernel } from '../kernel.ts';

/**
 * One of the pretend world's name servers, UDP on 127.0.0.1: answers A and AAAA from the zone that the server of that name
 * has loaded, from `kernel.state.dns` where it has none.
 */
export async function startDns(
  kernel: Kernel,
  options: { readonly port: number; readonly server?: string },
): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const socket = createSocket('udp4');
  socket.on('message', (message, from) => {
    const answer = answerTo(kernel, message, options.server);
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

function answerTo(kernel: Kernel, message: Buffer, server: string | undefined): Packet | undefined {
  const query = question(message);
  const asked = query?.questions?.[0];
  if (query === undefined || asked === undefined) return undefined;
  const { type } = asked;
  const name = asked.name.toLowerCase();
  kernel.call('dns', 'query', { type, name }, server);
  const zone = kernel.state.nameServers?.[server ?? ''];
  const all: Readonly<Record<string, readonly string[]>> = zone?.records ?? kernel.state.dns;
  const records = type === 'A' || type === 'AAAA' ? (all[`${type} ${name}`] ?? []) : [];
  const ttl = zone?.ttls[`${type} ${name}`] ?? 60;
  const known = ['A', 'AAAA'].some(one => all[`${one} ${name}`] !== undefined);
  // Code 3: there is no such name.
  const flags = AUTHORITATIVE_ANSWER | (known ? 0 : 3);
  return {
    type: 'response',
    ...(query.id === undefined ? {} : { id: query.id }),
    flags,
    questions: [asked],
    answers: records.map(data => ({ type: type === 'AAAA' ? 'AAAA' : 'A', name: asked.name, ttl, data })),
  };
}

function question(message: Buffer): Packet | undefined {
  try {
    return decode(message);
  } catch {
    return undefined;
  }
}
