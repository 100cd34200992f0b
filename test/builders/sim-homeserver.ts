import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kernel } from '#sim/kernel.ts';
import { type Homeserver, startHomeserver } from '#sim/matrix/homeserver.ts';
import type { WorldState } from '#sim/state.ts';

export const people = ['alice', 'bob', 'carol', 'dan', 'mallory'] as const;

/** A world with nothing in it but what the test's service puts there. */
export function emptyWorld(): WorldState {
  return {
    version: 1,
    savedAt: 0,
    instances: {},
    volumes: {},
    snapshots: {},
    addresses: {},
    images: {},
    subnets: {},
    securityGroups: {},
    keyPairs: {},
    offerings: {},
    arrays: {},
    volumeGroups: {},
    hosts: {},
    matrix: undefined,
    mails: [],
    dns: {},
    ports: {},
  };
}

export interface TestHomeserver {
  readonly kernel: Kernel;
  readonly server: Homeserver;
  /** Stops it and starts it anew on the same folder and port, as after a crash. */
  restart(): Promise<TestHomeserver>;
  stop(): Promise<void>;
}

/** The simulator's homeserver with its two rooms and six accounts, in a folder of its own. */
export async function simHomeserver(
  dir = mkdtempSync(join(tmpdir(), 'ferry-homeserver-')),
  port = 0,
): Promise<TestHomeserver> {
  const kernel = new Kernel(dir, emptyWorld, 'max');
  const server = await startHomeserver(kernel, {
    port,
    serverName: 'sim',
    users: [...people, 'ferry'].map(name => ({ name, password: `${name}-password` })),
    bot: 'ferry',
    rooms: [
      {
        key: 'work',
        alias: 'copr-work',
        name: 'copr-work',
        members: [...people, 'ferry'],
        power: { alice: 100, ferry: 50 },
      },
      {
        key: 'fedora-buildsys',
        alias: 'fedora-buildsys',
        name: 'fedora-buildsys',
        topic: 'Fedora build systems: Koji, Copr, Bodhi',
        members: [...people, 'ferry'],
        power: { alice: 100, ferry: 50 },
      },
    ],
  });
  const end = async () => {
    await server.close();
    kernel.stop();
  };
  return {
    kernel,
    server,
    restart: async () => {
      await end();
      return simHomeserver(dir, server.port);
    },
    stop: async () => {
      await end();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
