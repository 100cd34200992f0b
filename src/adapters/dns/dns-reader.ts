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
  return {
    resolve: (name, type) =>
      Promise.all(
        resolvers.map(async ({ server, resolver }) => ({ server, addresses: await ask(resolver, server, name, type) })),
      ),
  };
}

async function ask(resolver: Resolver, server: string, name: string, type: 'A' | 'AAAA'): Promise<readonly string[]> {
  try {
    return (await (type === 'A' ? resolver.resolve4(name) : resolver.resolve6(name))).sort();
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
