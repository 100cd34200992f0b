import { vi } from 'vitest';
import type { SeededTarget } from '#sim/ec2/seeded-targets.ts';
import type { SimFileSystem } from '#sim/state.ts';
import type { PretendHosts } from './pretend-hosts.ts';

/** What the pretend EC2 does to the world, as far as hosts notice it, without its endpoint and its delays. */
export class PretendEc2 {
  readonly #pretend: PretendHosts;
  #next = 1;

  constructor(pretend: PretendHosts) {
    this.#pretend = pretend;
  }

  get #state() {
    return this.#pretend.kernel.state;
  }

  /** An instance beside a target's old one, on Fedora 43, running; resolves when its sshd answers. */
  async launch(target: SeededTarget, userData?: string): Promise<string> {
    const old = this.#state.instances[target.instance]!;
    const number = this.#next;
    this.#next += 1;
    const id = `i-0new0000000000${String(number).padStart(3, '0')}`;
    const image = Object.values(this.#state.images).find(one => /x86_64-43/.test(one.Name))!;
    const root = `vol-0root000000000${String(number).padStart(3, '0')}`;
    this.#state.volumes[root] = {
      ...this.#state.volumes[target.rootVolume]!,
      VolumeId: root,
      Content: {},
      Attachments: [
        { VolumeId: root, InstanceId: id, Device: '/dev/sda1', State: 'attached', DeleteOnTermination: true },
      ],
    };
    this.#state.instances[id] = {
      ...structuredClone(old),
      InstanceId: id,
      ImageId: image.ImageId,
      State: { Code: 0, Name: 'pending' },
      PrivateIpAddress: `172.30.2.${90 + number}`,
      PublicIpAddress: `198.51.100.${number}`,
      ClientToken: `token-${number}`,
      UserData: userData ?? this.letIn('root'),
      BlockDeviceMappings: [],
      NetworkInterfaces: [
        {
          NetworkInterfaceId: `eni-0new${number}`,
          PrivateIpAddress: `172.30.2.${90 + number}`,
          Ipv6Addresses: [],
          Association: { PublicIp: `198.51.100.${number}` },
          TagSet: [],
        },
      ],
    };
    await this.#pretend.hosts.launched(id);
    await this.setState(id, 'running');
    await this.answers(id);
    return id;
  }

  /** User data that lets the bot in. */
  letIn(user: 'root' | 'fedora'): string {
    const keys = `ssh_authorized_keys:\n  - ${this.#pretend.authorizedKey}\n`;
    return user === 'root' ? `#cloud-config\ndisable_root: false\n${keys}` : `#cloud-config\n${keys}`;
  }

  async answers(id: string): Promise<void> {
    await vi.waitFor(
      () => {
        if (this.#pretend.hosts.byId(id)?.state.up !== true) throw new Error(`${id} doesn't answer`);
      },
      { timeout: 10_000 },
    );
  }

  async setState(id: string, name: 'running' | 'stopped' | 'terminated'): Promise<void> {
    this.#state.instances[id]!.State = { Code: name === 'running' ? 16 : name === 'stopped' ? 80 : 48, Name: name };
    await this.#pretend.hosts.stateChanged(id);
    if (name === 'terminated') await this.#pretend.hosts.terminated(id);
  }

  /** As strict as EC2: not while the host has it in use. */
  async detach(volume: string, instance: string): Promise<void> {
    if (this.#pretend.hosts.inUse(volume, instance)) throw new Error(`${volume} is busy`);
    this.#state.volumes[volume]!.Attachments = [];
    this.#state.volumes[volume]!.State = 'available';
    await this.#pretend.hosts.volumesChanged(instance);
  }

  async attach(volume: string, instance: string, device: string): Promise<void> {
    const found = this.#state.volumes[volume]!;
    if (found.Attachments.length > 0) throw new Error(`${volume} is in use`);
    found.Attachments = [
      { VolumeId: volume, InstanceId: instance, Device: device, State: 'attached', DeleteOnTermination: false },
    ];
    found.State = 'in-use';
    await this.#pretend.hosts.volumesChanged(instance);
  }

  addVolume(id: string, fileSystem?: SimFileSystem): void {
    const [model] = Object.values(this.#state.volumes);
    this.#state.volumes[id] = {
      ...model!,
      VolumeId: id,
      State: 'available',
      Attachments: [],
      Content: fileSystem === undefined ? {} : { fileSystem },
    };
  }

  /** Moves a target's Elastic IP; the automatic address of the new one is released, the loser has none. */
  move(elasticIp: string, to: string): void {
    for (const instance of Object.values(this.#state.instances)) {
      if (instance.PublicIpAddress !== elasticIp || instance.InstanceId === to) continue;
      delete instance.PublicIpAddress;
      delete instance.NetworkInterfaces[0]!.Association;
      this.#pretend.hosts.addressesChanged(instance.InstanceId);
    }
    this.#state.instances[to]!.PublicIpAddress = elasticIp;
    this.#state.instances[to]!.NetworkInterfaces[0]!.Association = { PublicIp: elasticIp, AllocationId: 'eipalloc-1' };
    this.#pretend.hosts.addressesChanged(to);
  }

  moveIpv6(address: string, from: string, to: string): void {
    this.#state.instances[from]!.NetworkInterfaces[0]!.Ipv6Addresses = [];
    this.#state.instances[to]!.NetworkInterfaces[0]!.Ipv6Addresses = [{ Ipv6Address: address }];
    this.#pretend.hosts.addressesChanged(from);
    this.#pretend.hosts.addressesChanged(to);
  }
}
