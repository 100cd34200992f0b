import type { RecordWithTtl } from 'node:dns';
import { Resolver } from 'node:dns/promises';
import { Unknown } from '#core/errors.ts';
import type { DnsReader } from '#ports/dns.ts';

export interface DnsOptions {
  /** Addresses of the name servers, with or without port: "1.2.3.4", "1.2.3.4:5353", "[2001:db8::1]:53". */
  readonly servers: readonly string[];
  /** For one question to one server; 3 seconds unless told. It is asked twice. */
  readonly limitMs?: number;
}

/**
 * Asks each name server by itself, so that one that lags behind is seen. A name without such a record has no addresses.
 *
 * Throws Unknown `name-server-silent`, naming the first server that gave no answer or an error.
 */
export function dnsReader(options: DnsOptions): DnsReader {
  const resolvers = options.servers.map(server => {
    const resolver = new Resolver({ timeout: options.limitMs ?? 3_000, tries: 2 });
    resolver.setServers([server]);
    return { server, resolver };
  });
  const askAll = (name: string, type: 'A' | 'AAAA') =>
    Promise.all(
      resolvers.map(async ({ server, resolver }) => ({ server, answers: await ask(resolver, server, name, type) })),
    );
  return {
    async resolve(name, type) {
      const all = await askAll(name, type);
      return all.map(({ server, answers }) => ({ server, addresses: answers.map(({ address }) => address).sort() }));
    },
    async lifetimes(name, type) {
      const all = await askAll(name, type);
      return all.map(({ server, answers }) => ({ server, seconds: answers[0]?.ttl }));
    },
  };
}

async function ask(
  resolver: Resolver,
  server: string,
  name: string,
  type: 'A' | 'AAAA',
): Promise<readonly RecordWithTtl[]> {
  try {
    return await (type === 'A' ? resolver.resolve4(name, { ttl: true }) : resolver.resolve6(name, { ttl: true }));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'no answer';
    if (code === 'ENODATA' || code === 'ENOTFOUND') return [];
    throw new Unknown(
      'name-server-silent',
      `the name server ${server} didn't answer for ${type} of ${name} (${code})`,
      {
        cause: error,
      },
    );
  }
}
