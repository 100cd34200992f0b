import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { type SshShellOptions, sshShell } from '#adapters/ssh/ssh-shell.ts';
import type { ShellReader, ShellSessions, ShellWriter } from '#ports/shell.ts';
import { seedEc2 } from '#sim/ec2/seed.ts';
import type { InventoryFiles } from '#sim/hosts/neighbours.ts';
import { batcaveAddress } from '#sim/hosts/seed.ts';
import { type Hosts, startHosts } from '#sim/hosts/start-hosts.ts';
import { Kernel } from '#sim/kernel.ts';
import type { WorldState } from '#sim/state.ts';
import { makeKey } from '#test/peers/sshd.ts';

const seedFolder = join(import.meta.dirname, '../../../src/sim/git/seed');

/** The inventory of the simulator's seed, in memory: `edit` is a push. */
export class PretendInventory implements InventoryFiles {
  readonly #texts = new Map<string, string>();
  readonly #listeners: (() => void)[] = [];
  #commits = 1;

  constructor() {
    const walk = (folder: string): void => {
      for (const name of readdirSync(folder)) {
        const path = join(folder, name);
        if (statSync(path).isDirectory()) walk(path);
        else this.#texts.set(relative(seedFolder, path), readFileSync(path, 'utf8'));
      }
    };
    walk(seedFolder);
  }

  file(path: string): string | undefined {
    return this.#texts.get(path);
  }
  files(): readonly string[] {
    return [...this.#texts.keys()];
  }
  head(): string {
    return String(this.#commits).padStart(40, '0');
  }
  onPush(act: () => void): void {
    this.#listeners.push(act);
  }
  edit(path: string, change: (text: string) => string): void {
    const before = this.#texts.get(path) ?? '';
    const after = change(before);
    if (after === before) throw new Error(`${path}: the edit changed nothing`);
    this.#texts.set(path, after);
    this.#commits += 1;
    for (const act of this.#listeners) act();
  }
}

export interface PretendHosts {
  readonly kernel: Kernel;
  readonly hosts: Hosts;
  readonly inventory: PretendInventory;
  readonly keyFile: string;
  readonly authorizedKey: string;
  /** The bot's adapter, through the jump host. */
  shell(options?: Partial<SshShellOptions>): ShellReader & ShellWriter & ShellSessions;
  /** Stops the simulator and starts it again on the same folder. */
  restart(): Promise<PretendHosts>;
  stop(): Promise<void>;
}

export const botUser = 'ferry';

export function world(): WorldState {
  return { version: 1, savedAt: Date.now(), ...seedEc2(), hosts: {}, matrix: {}, mails: [], dns: {}, ports: {} };
}

export async function startPretendHosts(
  speed: number | 'max',
  dir = mkdtempSync(join(tmpdir(), 'ferry-hosts-')),
  inventory = new PretendInventory(),
  key?: string,
): Promise<PretendHosts> {
  const kernel = new Kernel(dir, world, speed);
  const keyFile = join(dir, 'bot');
  const authorizedKey = key ?? makeKey(keyFile);
  const hosts = await startHosts(kernel, { user: botUser, authorizedKey, inventory });
  const stop = async () => {
    await hosts.stop();
    kernel.stop();
  };
  return {
    kernel,
    hosts,
    inventory,
    keyFile,
    authorizedKey,
    shell: options =>
      sshShell({
        user: 'root',
        keyFile,
        keyring: { keysOf: async id => hosts.hostKeys(id) },
        addressOf: async id => {
          const instance = kernel.state.instances[id];
          return { address: instance?.PublicIpAddress ?? instance?.PrivateIpAddress ?? '192.0.2.1', port: 22 };
        },
        hosts: {
          batcave01: { address: batcaveAddress, port: 22, user: botUser, keys: [...hosts.hostKeys('batcave01')] },
        },
        jump: { address: '127.0.0.1', port: hosts.jump.port, user: botUser, keys: [hosts.jump.publicKey] },
        ...options,
      }),
    async restart() {
      await stop();
      return startPretendHosts(kernel.speed, dir, inventory, authorizedKey);
    },
    async stop() {
      await stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
