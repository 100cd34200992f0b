import { join } from 'node:path';
import { z } from 'zod';
import { startControl } from './control.ts';
import { credentialsOf } from './credentials.ts';
import { nameServers, seedNameServers, updateNameServer } from './dns/name-servers.ts';
import { startDns } from './dns/start-dns.ts';
import { seedEc2 } from './ec2/seed.ts';
import { startEc2 } from './ec2/start-ec2.ts';
import { DnsRepo } from './git/dns-repo.ts';
import { InventoryRepo } from './git/inventory-repo.ts';
import { startGit } from './git/start-git.ts';
import { makeHotFix } from './hosts/hot-fix.ts';
import { batcaveAddress } from './hosts/seed.ts';
import { startHosts } from './hosts/start-hosts.ts';
import { Kernel } from './kernel.ts';
import { startHomeserver } from './matrix/homeserver.ts';
import { messageLimit } from './matrix/message-limit.ts';
import { startSmtp } from './smtp/start-smtp.ts';
import type { WorldState } from './state.ts';
import { type WorldFiles, writeEstateFiles, writeWorldJson } from './world-files.ts';

/** People of the pretend estate: all may ask and approve but mallory, who is only in the room. */
export const people = ['alice', 'bob', 'carol', 'dan', 'mallory'] as const;

export interface Simulator {
  readonly kernel: Kernel;
  readonly dir: string;
  /** Everything there is, as `GET /_sim/world` shows it. */
  world(): unknown;
  stop(): Promise<void>;
}

/**
 * The outside world in one process: EC2, SSH hosts behind a jump host, a Matrix homeserver, git, SMTP, DNS, and the
 * controls, all on 127.0.0.1. Its folder keeps the world, so that a second start goes on.
 *
 * @param inventory a folder of somebody's inventory files to begin with, instead of the pretend ones.
 * @param saves see `Kernel`.
 */
export async function startSimulator(options: {
  readonly dir: string;
  readonly speed: number | 'max';
  readonly inventory?: string;
  readonly saves?: 'always' | 'at-stop';
}): Promise<Simulator> {
  const { dir, speed, saves = 'always' } = options;
  const kernel = new Kernel(dir, seed, speed, { saves });
  const stops: (() => Promise<void>)[] = [];
  const port = (name: string) => kernel.state.ports[name] ?? 0;
  const keep = <T extends { readonly port: number; stop(): Promise<void> }>(name: string, service: T): T => {
    kernel.state.ports[name] = service.port;
    stops.push(() => service.stop());
    return service;
  };
  const credentials = credentialsOf(dir);
  const repo = InventoryRepo.open(kernel, {
    dir,
    ...(options.inventory === undefined ? {} : { seedFrom: options.inventory }),
  });
  const dnsRepo = DnsRepo.open(kernel, { dir });
  seedNameServers(kernel, dnsRepo);
  const hosts = await startHosts(kernel, {
    user: 'ferry',
    authorizedKey: credentials.publicKey,
    inventory: repo,
    dns: { repo: dnsRepo, servers: nameServers, update: server => updateNameServer(kernel, dnsRepo, server) },
  });
  stops.push(() => hosts.stop());
  const ec2 = keep(
    'ec2',
    await startEc2(kernel, { port: port('ec2'), accessKeyId: credentials.accessKeyId, hooks: hosts }),
  );
  const homeserver = await startHomeserver(kernel, {
    port: port('matrix'),
    serverName: 'sim',
    bot: 'ferry',
    users: [...people, 'ferry'].map(name => ({ name, password: `${name}-of-the-simulator` })),
    rooms: [
      { key: 'work', alias: 'copr-work', name: 'Copr work', members: ['ferry', ...people], power: { ferry: 50 } },
      {
        key: 'fedora-buildsys',
        alias: 'fedora-buildsys',
        name: '#fedora-buildsys',
        topic: 'Fedora build systems: Koji, Copr, Bodhi',
        members: ['ferry', ...people],
        power: { ferry: 50 },
      },
    ],
  });
  kernel.state.ports.matrix = homeserver.port;
  stops.push(() => homeserver.close());
  const git = keep('git', await startGit(kernel, repo, { port: port('git') }));
  const smtp = keep('smtp', await startSmtp(kernel, { port: port('smtp') }));
  const dns = keep('dns', await startDns(kernel, { port: port('dns'), server: nameServers[0] }));
  const dns2 = keep('dns2', await startDns(kernel, { port: port('dns2'), server: nameServers[1] }));
  const { instances, volumes, addresses, snapshots, mails } = kernel.state;
  const world = () => ({
    instances: Object.values(instances),
    volumes: Object.values(volumes),
    addresses: Object.values(addresses),
    snapshots: Object.values(snapshots),
    hosts: hosts.world(),
    mails,
    rooms: homeserver.rooms(),
    inventory: Object.fromEntries(repo.files().map(path => [path, repo.file(path)])),
    dns: {
      files: Object.fromEntries(Object.entries(dnsRepo.tree()).map(([path, { text }]) => [path, text])),
      served: kernel.state.nameServers,
    },
  });
  const control = keep(
    'control',
    await startControl(kernel, {
      port: port('control'),
      world,
      extra: {
        deactivate: name => homeserver.deactivate(name, { stay: true }),
        guest: name => homeserver.makeGuest(name),
        limit: (name, body) => homeserver.limit(name, messageLimit.parse(body)),
        terminate: (instance, body) => ec2.terminate(instance, terminateRequest.parse(body ?? {}).reason),
        'hot-fix': instance => makeHotFix(hosts.byId(instance), instance),
      },
    }),
  );
  const files = (): WorldFiles => ({
    dir,
    speed,
    credentials,
    homeserver: homeserver.url,
    matrix: homeserver.world(),
    ports: { control: control.port, ec2: ec2.port, smtp: smtp.port, dns: [dns.port, dns2.port], jump: hosts.jump.port },
    jumpKey: hosts.jump.publicKey,
    batcave: { address: batcaveAddress, key: hosts.byId('batcave01')?.state.publicKey ?? '' },
    hostKeys: Object.fromEntries(
      Object.keys(instances).flatMap(id => {
        const key = hosts.byId(id)?.state.publicKey;
        return key === undefined ? [] : [[id, key] as const];
      }),
    ),
    inventory: git.url,
    hosts: hosts.addresses(),
  });
  writeEstateFiles(files());
  writeWorldJson(files());
  hosts.onChange(() => writeWorldJson(files()));
  kernel.saveNow();
  return {
    kernel,
    dir: join(dir),
    world,
    stop: async () => {
      for (const stop of stops.reverse()) await stop();
      kernel.stop();
    },
  };
}

/** Why AWS ends an instance, unless told: its hardware failed. */
const terminateRequest = z.strictObject({
  reason: z.string().min(1).default('Server.InternalError: Internal error on launch'),
});

function seed(): WorldState {
  return {
    version: 1,
    savedAt: Date.now(),
    ...seedEc2(),
    hosts: {},
    matrix: undefined,
    mails: [],
    dns: {},
    ports: {},
  };
}
