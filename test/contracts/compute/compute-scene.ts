import { expect, vi } from 'vitest';
import type { ComputeReader, ComputeWriter, LaunchSpec, Tags } from '#ports/compute.ts';
import { sending } from '../../builders/sending.ts';

/** A world with at least this in it. */
export interface ComputeWorld {
  readonly compute: ComputeReader & ComputeWriter;
  readonly zone: string;
  readonly subnet: string;
  readonly securityGroup: { readonly id: string; readonly name: string };
  readonly keyName: string;
  readonly type: string;
  readonly owner: string;
  /** Image names with this prefix: at least two, the newest one last by its name. */
  readonly imagePrefix: string;
  readonly image: string;
  readonly rootDevice: string;
  /** An Elastic IP that is free. */
  readonly allocation: string;
  /** An IPv6 address of the subnet that nobody has. */
  readonly ipv6: string;
  stop(): Promise<void>;
}

/** What a peer does as AWS does; where it doesn't, the case is skipped. */
export interface ComputePeer {
  readonly name: string;
  readonly can: {
    readonly knowTokens: boolean;
    readonly findByToken: boolean;
    readonly showGroups: boolean;
    readonly tagInterfaces: boolean;
    readonly nameAddressedInstance: boolean;
    readonly refuseVolumeInUse: boolean;
    readonly refuseTakenDevice: boolean;
    readonly protectAtLaunch: boolean;
    readonly ipv6AtLaunch: boolean;
    readonly keepIpv6Apart: boolean;
    readonly listOfferings: boolean;
    readonly moveAutomaticAddresses: boolean;
    readonly refuseSmallThings: boolean;
  };
  setUp(): Promise<ComputeWorld>;
}

/** How long a case waits for what the world does by itself. */
export const patience = { timeout: 15_000, interval: 20 };

let nth = 0;

/** Tags that no other case has. */
export function tags(more: Tags = {}): Tags {
  return { FedoraGroup: 'copr', Case: `case-${++nth}`, ...more };
}

/** What the cases do again and again in a world. */
export class ComputeScene {
  readonly world: ComputeWorld;

  constructor(world: ComputeWorld) {
    this.world = world;
  }

  get compute() {
    return this.world.compute;
  }

  spec(more: Partial<LaunchSpec> = {}): LaunchSpec {
    const { world } = this;
    return {
      image: world.image,
      type: world.type,
      subnet: world.subnet,
      securityGroup: world.securityGroup.id,
      keyName: world.keyName,
      rootDevice: world.rootDevice,
      rootGiB: 20,
      ipv6Count: 0,
      tags: tags(),
      userData: '#cloud-config\n',
      ...more,
    };
  }

  /** Launches an instance and waits for it. */
  async running(more: Partial<LaunchSpec> = {}): Promise<string> {
    const { instance } = await this.compute.runInstance(this.spec(more), sending());
    await this.reaches(instance, 'running');
    return instance;
  }

  async reaches(instance: string, state: string): Promise<void> {
    await vi.waitFor(async () => expect((await this.compute.instance(instance))?.state).toBe(state), patience);
  }

  async described(id: string) {
    const instance = await this.compute.instance(id);
    if (instance === undefined) throw new Error(`${id} isn't described`);
    return instance;
  }

  /** Makes a volume and waits for it. */
  async volume(): Promise<string> {
    const spec = { zone: this.world.zone, sizeGiB: 8, tags: tags() };
    const { volume } = await this.compute.createVolume(spec, sending());
    await this.available(volume);
    return volume;
  }

  async available(volume: string): Promise<void> {
    await vi.waitFor(async () => {
      expect(await this.compute.volume(volume)).toMatchObject({ state: 'available', attachments: [] });
    }, patience);
  }

  /** Attaches it as /dev/sdf and waits for that. */
  async attach(volume: string, instance: string): Promise<void> {
    await this.compute.attachVolume({ volume, instance, device: '/dev/sdf' }, sending());
    await this.attached(volume);
  }

  async attached(volume: string): Promise<void> {
    await vi.waitFor(async () => {
      expect((await this.compute.volume(volume))?.attachments[0]?.state).toBe('attached');
    }, patience);
  }
}
