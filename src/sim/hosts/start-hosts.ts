import ssh2, { type ParsedKey } from 'ssh2';
import { nameServers } from '../dns/name-servers.ts';
import type { Ec2Hooks } from '../ec2/ec2-hooks.ts';
import { seededTargets, seededTemporaryAddresses } from '../ec2/seeded-targets.ts';
import type { Kernel } from '../kernel.ts';
import { refillBuilders } from './commands/copr.ts';
import { disks, holdsVolume } from './devices.ts';
import type { HostState } from './host-state.ts';
import { JumpServer } from './jump-server.ts';
import type { DnsWorld, InventoryFiles, Neighbours } from './neighbours.ts';
import { checkout } from './playbook/inventory-view.ts';
import { settleConfiguration } from './playbook/settle-configuration.ts';
import { appeared, boot, powerLost } from './power.ts';
import { canonicalName, domain } from './roles.ts';
import { batcaveAddress, freshHost, seedHosts } from './seed.ts';
import { HostSshServer } from './ssh-server.ts';
import { drain } from './units.ts';
import { VirtualHost } from './virtual-host.ts';

export interface HostsOptions {
  /** Login user of the jump host and of batcave01; instances know root and fedora. */
  readonly user: string;
  /** The one public key that is let in: an OpenSSH line. */
  readonly authorizedKey: string;
  readonly inventory: InventoryFiles;
  readonly dns?: DnsWorld;
}

/** World time until a host's network manager sees that an IPv6 address came or went; it may take the `nmcli` of a person. */
const noticeMs = 15_000;
const powerOffMs = 8_000;

/** Every pretend host with its sshd, the jump host before them, and what the pretend EC2 tells them. */
export class Hosts implements Ec2Hooks, Neighbours {
  readonly inventory: InventoryFiles;
  readonly dns: DnsWorld | undefined;
  /** The bot's public key, base64. */
  readonly authorizedBlob: string;
  readonly jump: JumpServer;
  readonly #kernel: Kernel;
  readonly #key: ParsedKey;
  readonly #user: string;
  readonly #hosts = new Map<string, { readonly host: VirtualHost; readonly server: HostSshServer }>();
  readonly #listeners: (() => void)[] = [];
  #stopped = false;

  constructor(kernel: Kernel, options: HostsOptions) {
    const key = ssh2.utils.parseKey(options.authorizedKey);
    if (key instanceof Error) throw new Error(`the public key that pretend hosts let in can't be read: ${key.message}`);
    this.#kernel = kernel;
    this.#key = key;
    this.#user = options.user;
    this.inventory = options.inventory;
    this.dns = options.dns;
    this.authorizedBlob = key.getPublicSSH().toString('base64');
    this.jump = new JumpServer(kernel, key, options.user, address => {
      const host = this.byAddress(address, true);
      const port = host === undefined || !host.state.up ? undefined : this.#hosts.get(host.id)?.server.port;
      return host === undefined || port === undefined ? undefined : { host: host.id, port };
    });
  }

  async start(): Promise<void> {
    seedHosts(this.#kernel.state);
    await this.jump.listen();
    for (const id of Object.keys(this.#kernel.state.hosts)) if (id !== 'jump-host') await this.#add(id);
    await this.updateCheckout();
    this.inventory.onPush(() => this.#kernel.later(4_000, () => void this.updateCheckout(), 'checkout'));
    const batcave = this.byId('batcave01');
    for (const { host } of this.#hosts.values()) {
      if (batcave !== undefined) await settleConfiguration(host, batcave);
      drain(host);
      host.resumeJobs();
      const running = this.#kernel.state.instances[host.id]?.State.Name === 'running';
      if (running && !host.state.up) void this.#boot(host);
    }
  }

  async #add(id: string): Promise<VirtualHost> {
    const state = this.#kernel.state.hosts[id] as HostState;
    const host = new VirtualHost(this.#kernel, state, this);
    const server = new HostSshServer(host, this.#key, this.#user);
    this.#hosts.set(id, { host, server });
    await server.listen();
    for (const tell of this.#listeners) tell();
    return host;
  }

  /** Calls back when a host appeared. */
  onChange(act: () => void): void {
    this.#listeners.push(act);
  }

  /** Where each host's own sshd listens, by id. */
  addresses(): Readonly<Record<string, { readonly address: string; readonly port: number }>> {
    return Object.fromEntries(
      [...this.#hosts].map(([id, { server }]) => [id, { address: '127.0.0.1', port: server.port }]),
    );
  }

  byId(id: string): VirtualHost | undefined {
    return this.#hosts.get(id)?.host;
  }

  byAddress(nameOrAddress: string, forSsh = false): VirtualHost | undefined {
    const addresses = /^[0-9.]+$|:/.test(nameOrAddress) ? [nameOrAddress] : this.resolve(nameOrAddress);
    for (const address of addresses) {
      if (address === batcaveAddress) return this.byId('batcave01');
      const instance = Object.values(this.#kernel.state.instances).find(
        one =>
          one.State.Name === 'running' &&
          (one.PublicIpAddress === address ||
            one.PrivateIpAddress === address ||
            one.NetworkInterfaces.some(card => card.Ipv6Addresses.some(six => six.Ipv6Address === address))),
      );
      const host = instance === undefined ? undefined : this.byId(instance.InstanceId);
      if (host === undefined) continue;
      if (forSsh && address.includes(':') && !host.state.ipv6.includes(address)) continue;
      return host;
    }
    return undefined;
  }

  resolve(asked: string): readonly string[] {
    const name = canonicalName(asked);
    const { state } = this.#kernel;
    const dns = state.nameServers?.[nameServers[0]]?.records ?? state.dns;
    const known = [...(dns[`A ${name}`] ?? []), ...(dns[`AAAA ${name}`] ?? [])];
    if (known.length > 0) return known;
    if (name.startsWith('batcave01')) return [batcaveAddress];
    for (const [target, { elasticIp, ipv6, environment }] of Object.entries(seededTargets)) {
      if (name === `${target}${domain}`) return [elasticIp, ipv6];
      if (name === `${target}-temp${domain}`) return [seededTemporaryAddresses[environment].elasticIp];
    }
    return [];
  }

  async updateCheckout(): Promise<void> {
    const batcave = this.byId('batcave01');
    if (batcave === undefined || this.#stopped) return;
    const head = this.inventory.head();
    const file = `${checkout}/.git/ferry-head`;
    const kept = batcave.state.files[file];
    const from = kept !== undefined && kept !== null && 'text' in kept ? kept.text.trim() : '';
    if (from === head) return;
    for (const path of this.inventory.files(from === '' ? undefined : from)) {
      if (!path.startsWith('inventory/')) continue;
      const text = this.inventory.file(path);
      if (text === undefined) await batcave.fs.rm(`${checkout}/${path}`, { force: true });
      else batcave.fs.writeFileSync(`${checkout}/${path}`, text);
    }
    batcave.fs.writeFileSync(file, `${head}\n`);
    await batcave.keep();
    batcave.effect('checkout-updated', { head });
  }

  power(host: VirtualHost, what: 'off' | 'reboot'): void {
    this.#kernel.later(
      powerOffMs,
      () => {
        if (!host.state.up) return;
        this.#down(host, what === 'off' ? 'powered-off' : 'rebooting');
        if (what === 'reboot') {
          void this.#boot(host);
          return;
        }
        const instance = this.#kernel.state.instances[host.id];
        if (instance === undefined) return;
        // A shutdown from within: EC2 shows the instance as stopped, without its automatic address.
        instance.State = { Code: 80, Name: 'stopped' };
        if (instance.NetworkInterfaces[0]?.Association?.AllocationId === undefined) {
          delete instance.PublicIpAddress;
          delete instance.NetworkInterfaces[0]?.Association;
        }
        this.#kernel.save();
      },
      host.id,
    );
  }

  #down(host: VirtualHost, why: string): void {
    powerLost(host);
    this.#hosts.get(host.id)?.server.dropAll();
    host.effect(why, {});
  }

  async #boot(host: VirtualHost): Promise<void> {
    await boot(host, () => !this.#stopped && this.#kernel.state.instances[host.id]?.State.Name === 'running');
  }

  async launched(id: string): Promise<void> {
    if (this.#hosts.has(id)) return;
    this.#kernel.state.hosts[id] = freshHost(this.#kernel.state, id);
    await this.#add(id);
  }

  async terminated(id: string): Promise<void> {
    const entry = this.#hosts.get(id);
    if (entry === undefined) return;
    this.#down(entry.host, 'gone');
    await entry.server.stop();
    this.#hosts.delete(id);
    delete this.#kernel.state.hosts[id];
    this.#kernel.save();
  }

  async stateChanged(id: string): Promise<void> {
    const host = this.byId(id);
    if (host === undefined) return;
    const running = this.#kernel.state.instances[id]?.State.Name === 'running';
    if (!running && host.state.up) this.#down(host, 'powered-off');
    if (running && !host.state.up) void this.#boot(host);
  }

  rebooted(id: string): void {
    const host = this.byId(id);
    if (host !== undefined) this.power(host, 'reboot');
  }

  async volumesChanged(id: string): Promise<void> {
    const host = this.byId(id);
    if (host === undefined || !host.state.up) return;
    const before = new Set(Object.keys(host.state.nvme));
    const now = disks(this.#kernel.state, host.state).map(disk => disk.volume.VolumeId);
    for (const gone of before) if (!now.includes(gone)) delete host.state.nvme[gone];
    await host.show();
    if (now.every(volume => before.has(volume))) return;
    await appeared(host);
    await host.show();
  }

  addressesChanged(id: string): void {
    this.jump.moved();
    const host = this.byId(id);
    if (host === undefined) return;
    this.#kernel.later(noticeMs, () => void this.#notice(host), host.id);
  }

  /** Its network manager sees the addresses that it has now; a fault on this keeps it from that until it is made to look. */
  async #notice(host: VirtualHost): Promise<void> {
    const met = await this.#kernel.before(this.#kernel.call('host', 'notice-ipv6', {}, host.id));
    if (met !== undefined) return;
    const now =
      this.#kernel.state.instances[host.id]?.NetworkInterfaces[0]?.Ipv6Addresses.map(one => one.Ipv6Address) ?? [];
    if (!host.state.up || JSON.stringify(now) === JSON.stringify(host.state.ipv6)) return;
    host.state.ipv6 = now;
    host.effect('ipv6-seen', { ipv6: now });
  }

  inUse(volume: string, instance: string): boolean {
    const host = this.byId(instance);
    return host !== undefined && holdsVolume(this.#kernel.state, host.state, volume);
  }

  hostKeys(id: string): readonly string[] {
    const host = this.byId(id);
    return host === undefined ? [] : [`${host.state.publicKey} root@${host.state.name}`];
  }

  /** For `GET /_sim/world`: what of each host is worth looking at. */
  world(): Readonly<Record<string, unknown>> {
    return Object.fromEntries(
      [...this.#hosts].map(([id, { host, server }]) => {
        const { hostKey, files, processes, ...rest } = host.state;
        void hostKey;
        void files;
        return [
          id,
          {
            ...rest,
            port: server.port,
            processes: processes.map(({ pid, user, command }) => ({ pid, user, command })),
          },
        ];
      }),
    );
  }

  /** A resalloc that runs keeps its pools filled. */
  async refillBuilders(): Promise<void> {
    for (const { host } of this.#hosts.values()) if (host.state.role === 'backend') await refillBuilders(host);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const { host, server } of this.#hosts.values()) {
      host.suspend();
      await server.stop();
    }
    await this.jump.stop();
  }
}

/** Starts every pretend host of the world's state, made on the first start, each on its port of 127.0.0.1. */
export async function startHosts(kernel: Kernel, options: HostsOptions): Promise<Hosts> {
  const hosts = new Hosts(kernel, options);
  await hosts.start();
  return hosts;
}
