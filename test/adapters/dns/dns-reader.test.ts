import { createSocket } from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dnsReader } from '#adapters/dns/dns-reader.ts';
import { startDns } from '#sim/dns/start-dns.ts';
import { Kernel } from '#sim/kernel.ts';
import type { WorldState } from '#sim/state.ts';

const name = 'copr-be-dev.aws.fedoraproject.org';
const worldOf = (dns: WorldState['dns']) =>
  new Kernel(mkdtempSync(join(tmpdir(), 'ferry-dns-')), () => ({ version: 1, hosts: {}, dns }) as WorldState, 'max');

describe('the reader of name servers, on simulated ones', () => {
  const records = { [`A ${name}`]: ['18.208.10.131'], [`AAAA ${name}`]: ['2600:1f18::2', '2600:1f18::1'] };
  const current = worldOf(records);
  const behind = worldOf({ [`A ${name}`]: ['1.2.3.4'] });
  let servers: Awaited<ReturnType<typeof startDns>>[];
  let addresses: string[];

  beforeAll(async () => {
    servers = [await startDns(current, { port: 0 }), await startDns(behind, { port: 0 })];
    addresses = servers.map(server => `127.0.0.1:${server.port}`);
  });
  afterAll(async () => {
    for (const server of servers) await server.stop();
    for (const kernel of [current, behind]) {
      kernel.stop();
      rmSync(kernel.dir, { recursive: true, force: true });
    }
  });

  it('tells what each server answers by itself', async () => {
    const reader = dnsReader({ servers: addresses });
    expect(await reader.resolve(name, 'A')).toEqual([
      { server: addresses[0], addresses: ['18.208.10.131'] },
      { server: addresses[1], addresses: ['1.2.3.4'] },
    ]);
    expect(await reader.resolve(name.toUpperCase(), 'AAAA')).toEqual([
      { server: addresses[0], addresses: ['2600:1f18::1', '2600:1f18::2'] },
      { server: addresses[1], addresses: [] },
    ]);
    expect(await reader.resolve('nobody.example.org', 'A')).toMatchObject([{ addresses: [] }, { addresses: [] }]);
  });

  it('tells how long resolvers may keep what each answers', async () => {
    const zone = { serial: 1, records: current.state.dns, ttls: { [`A ${name}`]: 3600, [`AAAA ${name}`]: 300 } };
    current.state.nameServers = { ns01: zone };
    const ns01 = await startDns(current, { port: 0, server: 'ns01' });
    const server = `127.0.0.1:${ns01.port}`;
    const reader = dnsReader({ servers: [server, addresses[1] ?? ''] });
    expect(await reader.lifetimes(name, 'AAAA')).toEqual([
      { server, seconds: 300 },
      { server: addresses[1], seconds: undefined },
    ]);
    expect(await reader.lifetimes(name, 'A')).toMatchObject([{ seconds: 3600 }, { seconds: 60 }]);
    await ns01.stop();
  });

  it('sees a change at once', async () => {
    const reader = dnsReader({ servers: addresses.slice(1) });
    behind.state.dns[`A ${name}`] = ['18.208.10.131'];
    expect(await reader.resolve(name, 'A')).toMatchObject([{ addresses: ['18.208.10.131'] }]);
  });

  it('a server that is silent is named, and what it would say is unknown', async () => {
    const silent = createSocket('udp4');
    await new Promise<void>(resolve => silent.bind(0, '127.0.0.1', resolve));
    const server = `127.0.0.1:${silent.address().port}`;
    const reader = dnsReader({ servers: [...addresses, server], limitMs: 100 });
    await expect(reader.resolve(name, 'A')).rejects.toMatchObject({
      name: 'Unknown',
      code: 'name-server-silent',
      message: expect.stringContaining(server),
    });
    await new Promise<void>(resolve => silent.close(resolve));
  });
});
