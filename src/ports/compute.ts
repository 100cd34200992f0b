import type { Send } from './send.ts';

/** EC2, as much of it as an upgrade needs. Ids are AWS's; a thing that doesn't exist is `undefined`, never an exception. */
export interface Instance {
  readonly id: string;
  readonly state: 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';
  /** Why it came to its state, where AWS says: `Server.InsufficientInstanceCapacity` with AWS's words. */
  readonly stateReason?: { readonly code: string; readonly message: string } | undefined;
  readonly type: string;
  readonly image: string;
  readonly zone: string;
  readonly subnet: string;
  readonly keyName: string | undefined;
  readonly securityGroups: readonly { readonly id: string; readonly name: string }[];
  readonly networkInterface: string;
  readonly privateIp: string;
  readonly publicIp: string | undefined;
  readonly ipv6: readonly string[];
  readonly rootDevice: string;
  readonly devices: readonly {
    readonly name: string;
    readonly volume: string;
    readonly deleteOnTermination: boolean;
  }[];
  readonly tags: Readonly<Record<string, string>>;
  readonly clientToken: string | undefined;
}

export interface Volume {
  readonly id: string;
  readonly state: 'creating' | 'available' | 'in-use' | 'deleting' | 'deleted' | 'error';
  readonly sizeGiB: number;
  readonly zone: string;
  /** gp3, io2, …; its IOPS, and of gp3 its throughput in MiB/s, where they are set and not the type's own. */
  readonly type: string;
  readonly iops: number | undefined;
  readonly throughput: number | undefined;
  readonly encrypted: boolean;
  readonly attachments: readonly {
    readonly instance: string;
    readonly device: string;
    readonly state: 'attaching' | 'attached' | 'detaching' | 'detached' | 'busy';
  }[];
  readonly tags: Readonly<Record<string, string>>;
}

export interface Snapshot {
  readonly id: string;
  readonly volume: string;
  readonly state: 'pending' | 'completed' | 'error';
  /** "0%" to "100%". */
  readonly progress: string;
  readonly startedAt: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** An Elastic IP. */
export interface Address {
  readonly allocation: string;
  readonly publicIp: string;
  readonly association: string | undefined;
  readonly instance: string | undefined;
  readonly networkInterface: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
}

export interface Image {
  readonly id: string;
  readonly name: string;
  readonly createdAt: number;
  readonly rootDevice: string;
}

/** Every tag named must be there with that value. */
export type Tags = Readonly<Record<string, string>>;

export interface ComputeReader {
  instance(id: string): Promise<Instance | undefined>;
  /** Terminated ones included while AWS still shows them. */
  instances(filter: { readonly tags?: Tags; readonly clientToken?: string }): Promise<readonly Instance[]>;
  volume(id: string): Promise<Volume | undefined>;
  volumes(filter: { readonly tags?: Tags; readonly instance?: string }): Promise<readonly Volume[]>;
  snapshot(id: string): Promise<Snapshot | undefined>;
  /** Own snapshots only. */
  snapshots(filter: { readonly tags?: Tags; readonly volume?: string }): Promise<readonly Snapshot[]>;
  /** By allocation id (eipalloc-…) or by the public IPv4 address. */
  address(allocationOrIp: string): Promise<Address | undefined>;
  addresses(filter: { readonly tags?: Tags; readonly instance?: string }): Promise<readonly Address[]>;
  /** Images of an owner account whose name matches (`*` is the wildcard), newest first. */
  images(owner: string, name: string): Promise<readonly Image[]>;
  /** Both status checks, "ok" when passed. */
  status(instance: string): Promise<{ readonly instance: string; readonly system: string } | undefined>;
  terminationProtected(instance: string): Promise<boolean>;
  /** The latest console output, decoded, lines ending with \n; empty while there is none. */
  console(instance: string): Promise<string>;
  /** Whether a type is offered in a zone. */
  offered(type: string, zone: string): Promise<boolean>;
  subnet(
    id: string,
  ): Promise<{ readonly id: string; readonly zone: string; readonly freeAddresses: number } | undefined>;
  securityGroup(name: string): Promise<{ readonly id: string; readonly name: string } | undefined>;
  keyPair(name: string): Promise<boolean>;
  /** Tags of any resource by its id (network interfaces too). */
  tags(resource: string): Promise<Tags>;
  /**
   * Whether the credentials may do it, by DryRun: true, or AWS's refusal as one sentence. For actions that have a DryRun
   * only; the ids in `request` must exist.
   */
  mayDo(action: DryRunAction): Promise<true | string>;
}

export type DryRunAction =
  | { readonly action: 'RunInstances'; readonly spec: LaunchSpec }
  | { readonly action: 'StopInstances' | 'StartInstances' | 'TerminateInstances'; readonly instance: string }
  | {
      readonly action: 'DetachVolume' | 'AttachVolume';
      readonly volume: string;
      readonly instance: string;
      readonly device: string;
    }
  | { readonly action: 'CreateSnapshot'; readonly volume: string; readonly tags: Tags }
  | { readonly action: 'AssociateAddress'; readonly allocation: string; readonly networkInterface: string };

export interface LaunchSpec {
  readonly image: string;
  readonly type: string;
  readonly subnet: string;
  /** Id of the group (sg-…). */
  readonly securityGroup: string;
  readonly keyName: string;
  readonly rootDevice: string;
  readonly rootGiB: number;
  /** How many IPv6 addresses the interface gets at launch. */
  readonly ipv6Count: number;
  /** Set on the instance, its volumes and its network interface. */
  readonly tags: Tags;
  /** Cloud-init user data in plain text. Never put a secret here. */
  readonly userData: string;
}

/**
 * One request each, never repeated below (`maxAttempts: 1`).
 *
 * @throws Refused AWS said no and nothing happened (4xx); `retry` for throttling and missing capacity.
 * @throws Unknown time-out, dropped connection, 5xx: it may have happened.
 * @throws NotSent the request never left.
 */
export interface ComputeWriter {
  /** ClientToken is `send.key`: the same key gives the same instance. HttpTokens required, root encrypted and deleted on termination, protection on. */
  runInstance(spec: LaunchSpec, send: Send): Promise<{ readonly instance: string }>;
  createVolume(
    /** `snapshot`: filled from it; absent: empty. `type`: absent is gp3. Always encrypted. */
    spec: {
      readonly zone: string;
      readonly sizeGiB: number;
      readonly tags: Tags;
      readonly snapshot?: string;
      readonly type?: string;
      readonly iops?: number;
      readonly throughput?: number;
    },
    send: Send,
  ): Promise<{ readonly volume: string }>;
  deleteVolume(volume: string, send: Send): Promise<void>;
  createSnapshot(
    spec: { readonly volume: string; readonly description: string; readonly tags: Tags },
    send: Send,
  ): Promise<{ readonly snapshot: string }>;
  deleteSnapshot(snapshot: string, send: Send): Promise<void>;
  attachVolume(
    attachment: { readonly volume: string; readonly instance: string; readonly device: string },
    send: Send,
  ): Promise<void>;
  /** Always names the instance; never Force. */
  detachVolume(
    attachment: { readonly volume: string; readonly instance: string; readonly device: string },
    send: Send,
  ): Promise<void>;
  /** Moves in one call, wherever the address was (AllowReassociation). */
  associateAddress(move: { readonly allocation: string; readonly networkInterface: string }, send: Send): Promise<void>;
  disassociateAddress(association: string, send: Send): Promise<void>;
  assignIpv6(move: { readonly networkInterface: string; readonly address: string }, send: Send): Promise<void>;
  unassignIpv6(move: { readonly networkInterface: string; readonly address: string }, send: Send): Promise<void>;
  setTerminationProtection(instance: string, on: boolean, send: Send): Promise<void>;
  setTags(resource: string, tags: Tags, send: Send): Promise<void>;
  deleteTags(resource: string, keys: readonly string[], send: Send): Promise<void>;
  setDeleteOnTermination(instance: string, device: string, on: boolean, send: Send): Promise<void>;
  startInstance(instance: string, send: Send): Promise<void>;
  stopInstance(instance: string, send: Send): Promise<void>;
  terminateInstance(instance: string, send: Send): Promise<void>;
}
