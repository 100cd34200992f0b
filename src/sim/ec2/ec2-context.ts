import type { Kernel } from '../kernel.ts';
import type {
  Ec2Books,
  SimAddress,
  SimImage,
  SimInstance,
  SimSnapshot,
  SimTag,
  SimVolume,
  WorldState,
} from '../state.ts';
import { Ec2Error, invalidValue } from './ec2-error.ts';
import type { Ec2Hooks } from './ec2-hooks.ts';
import { PastState } from './past-state.ts';
import { Transitions } from './transitions.ts';

export type SimInterface = SimInstance['NetworkInterfaces'][number];

/** An hour: so long a terminated instance stays described. It is the machine's time, never divided by the speed. */
const terminatedStays = 3_600_000;

/** The pretend account: its state, lookups that refuse as EC2 does, made-up ids and addresses. */
export class Ec2Context {
  readonly kernel: Kernel;
  readonly hooks: Ec2Hooks;
  readonly transitions: Transitions;

  readonly #past: PastState;
  readonly #asOf: Partial<WorldState> | undefined;

  /** @param past what this context shows instead of the state as it is now. */
  constructor(
    kernel: Kernel,
    hooks: Ec2Hooks,
    past?: { readonly keeper: PastState; readonly shown: Partial<WorldState> },
  ) {
    this.kernel = kernel;
    this.hooks = hooks;
    this.#past = past?.keeper ?? new PastState(kernel);
    this.#asOf = past?.shown;
    kernel.state.ec2 ??= { transitions: [], nextTransition: 1, random: 0x5eed, tokens: {} };
    this.transitions = new Transitions(this);
  }

  get state(): WorldState {
    return this.#asOf === undefined ? this.kernel.state : { ...this.kernel.state, ...this.#asOf };
  }

  /** The account as it was before its last change: what a describe that is behind shows. Only to be read. */
  beforeLastEffect(): Ec2Context {
    return new Ec2Context(this.kernel, this.hooks, { keeper: this.#past, shown: this.#past.before });
  }

  get books(): Ec2Books {
    const books = this.state.ec2;
    if (books === undefined) throw new Error('EC2 has no books');
    return books;
  }

  /** Says that the state changed, and saves it. */
  effect(action: string, args: Record<string, unknown>): void {
    this.kernel.effect('ec2', action, args);
    this.#past.moved();
  }

  instance(id: string): SimInstance {
    if (!/^i-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id)) {
      throw new Ec2Error('InvalidInstanceID.Malformed', `Invalid id: "${id}"`);
    }
    this.forgetTerminated();
    return found(this.state.instances, id, noInstance);
  }

  /** Instances that EC2 still shows, oldest first. */
  instances(): SimInstance[] {
    this.forgetTerminated();
    return Object.values(this.state.instances);
  }

  volume(id: string): SimVolume {
    if (!/^vol-[0-9a-f]+$/.test(id)) throw invalidValue(`Value (${id}) for parameter volumes is invalid.`);
    return found(this.state.volumes, id, noVolume);
  }

  snapshot(id: string): SimSnapshot {
    return found(this.state.snapshots, id, noSnapshot);
  }

  address(allocation: string): SimAddress {
    return found(this.state.addresses, allocation, noAllocation);
  }

  image(id: string): SimImage {
    return found(
      this.state.images,
      id,
      one => new Ec2Error('InvalidAMIID.NotFound', `The image id '[${one}]' does not exist`),
    );
  }

  interfaceOf(id: string): { readonly instance: SimInstance; readonly nic: SimInterface } {
    for (const instance of this.instances()) {
      const nic = instance.NetworkInterfaces.find(one => one.NetworkInterfaceId === id);
      if (nic !== undefined) return { instance, nic };
    }
    throw new Ec2Error('InvalidNetworkInterfaceID.NotFound', `The networkInterface ID '${id}' does not exist`);
  }

  /** The first interface of an instance. @throws Ec2Error when it has none any more (terminated). */
  primary(instance: SimInstance): SimInterface {
    const nic = instance.NetworkInterfaces[0];
    if (nic === undefined) {
      throw new Ec2Error(
        'IncorrectInstanceState',
        `The instance '${instance.InstanceId}' is in the '${instance.State.Name}' state.`,
      );
    }
    return nic;
  }

  /** The tags of any resource that can have some, and its type's name. */
  taggable(id: string): { readonly type: string; readonly tags: SimTag[] } {
    const prefix = id.split('-', 1)[0];
    if (prefix === 'i') return { type: 'instance', tags: this.instance(id).Tags };
    if (prefix === 'vol') return { type: 'volume', tags: this.volume(id).Tags };
    if (prefix === 'snap') return { type: 'snapshot', tags: this.snapshot(id).Tags };
    if (prefix === 'eipalloc') return { type: 'elastic-ip', tags: this.address(id).Tags };
    if (prefix === 'eni') return { type: 'network-interface', tags: this.interfaceOf(id).nic.TagSet };
    throw new Ec2Error('InvalidID', `The ID '${id}' is not valid`);
  }

  /** A fresh id such as `vol-0…` with 17 hexadecimal digits. */
  newId(prefix: string): string {
    let hex = '0';
    while (hex.length < 17) hex += this.random(16).toString(16);
    return `${prefix}-${hex}`;
  }

  /** A whole number from 0 up to, not including, `below`; the sequence goes on after a restart (mulberry32). */
  random(below: number): number {
    const books = this.books;
    books.random = (books.random + 0x6d2b79f5) | 0;
    let mixed = Math.imul(books.random ^ (books.random >>> 15), 1 | books.random);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  }

  newPrivateIp(): string {
    const taken = new Set(Object.values(this.state.instances).map(one => one.PrivateIpAddress));
    return this.#fresh(taken, () => `172.30.2.${4 + this.random(250)}`);
  }

  newPublicIp(): string {
    const taken = new Set([
      ...Object.values(this.state.instances).map(one => one.PublicIpAddress),
      ...Object.values(this.state.addresses).map(one => one.PublicIp),
    ]);
    return this.#fresh(taken, () => `44.${192 + this.random(16)}.${this.random(256)}.${1 + this.random(254)}`);
  }

  newIpv6(): string {
    const group = () => (0x1000 + this.random(0xefff)).toString(16);
    return this.#fresh(this.ipv6Taken(), () => `${subnetPrefix}${group()}:${group()}:${group()}:${group()}`);
  }

  ipv6Taken(): Set<string | undefined> {
    return new Set(
      this.instances().flatMap(one =>
        one.NetworkInterfaces.flatMap(nic => nic.Ipv6Addresses.map(at => at.Ipv6Address)),
      ),
    );
  }

  forgetTerminated(): void {
    for (const [id, { TerminatedAt }] of Object.entries(this.state.instances)) {
      if (TerminatedAt !== undefined && TerminatedAt + terminatedStays < Date.now()) delete this.state.instances[id];
    }
  }

  #fresh(taken: ReadonlySet<string | undefined>, make: () => string): string {
    for (let attempt = 0; attempt < 10_000; attempt += 1) {
      const made = make();
      if (!taken.has(made)) return made;
    }
    throw new Ec2Error('InsufficientFreeAddressesInSubnet', 'There are not enough free addresses in the subnet.');
  }
}

/** The first half of every IPv6 address in the pretend subnet. */
export const subnetPrefix = '2600:1f18:8ee:ae00:';

export const noInstance = (id: string) =>
  new Ec2Error('InvalidInstanceID.NotFound', `The instance ID '${id}' does not exist`);
export const noVolume = (id: string) => new Ec2Error('InvalidVolume.NotFound', `The volume '${id}' does not exist.`);
export const noSnapshot = (id: string) =>
  new Ec2Error('InvalidSnapshot.NotFound', `The snapshot '${id}' does not exist.`);
export const noAllocation = (id: string) =>
  new Ec2Error('InvalidAllocationID.NotFound', `The allocation ID '${id}' does not exist`);

function found<T>(items: Readonly<Record<string, T>>, id: string, missing: (id: string) => Ec2Error): T {
  const item = Object.hasOwn(items, id) ? items[id] : undefined;
  if (item === undefined) throw missing(id);
  return item;
}
