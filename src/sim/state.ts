/**
 * The pretend world's state: plain JSON, written to `world-state.json` after every effect, so that a second start goes on.
 * EC2's fields are named as its Describe calls name them.
 */
export interface SimTag {
  Key: string;
  Value: string;
}

export interface SimInstance {
  InstanceId: string;
  ImageId: string;
  State: { Code: number; Name: 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped' };
  InstanceType: string;
  KeyName: string;
  LaunchTime: string;
  Placement: { AvailabilityZone: string };
  SubnetId: string;
  VpcId: string;
  PrivateIpAddress: string;
  PublicIpAddress?: string;
  Ipv6Address?: string;
  ClientToken: string;
  RootDeviceName: string;
  BlockDeviceMappings: {
    DeviceName: string;
    Ebs: {
      VolumeId: string;
      Status: 'attaching' | 'attached' | 'detaching' | 'detached';
      DeleteOnTermination: boolean;
    };
  }[];
  SecurityGroups: { GroupId: string; GroupName: string }[];
  NetworkInterfaces: {
    NetworkInterfaceId: string;
    PrivateIpAddress: string;
    Ipv6Addresses: { Ipv6Address: string }[];
    Association?: { PublicIp: string; AllocationId?: string };
    TagSet: SimTag[];
  }[];
  MetadataOptions: { HttpTokens: 'optional' | 'required' };
  Tags: SimTag[];
  /** Not of Describe: kept beside it. */
  DisableApiTermination: boolean;
  UserData: string;
  ConsoleOutput: string;
  /** World time (ms) from which both status checks are ok; 0 while they haven't passed since the launch or the last start. */
  StatusOkAt: number;
  /** Why AWS moved it to its state; absent where somebody asked for it. */
  StateReason?: { Code: string; Message: string };
  /** World time (ms) at which it was terminated: it stays described for an hour. */
  TerminatedAt?: number;
}

export interface SimVolume {
  VolumeId: string;
  State: 'creating' | 'available' | 'in-use' | 'deleting' | 'deleted' | 'error';
  Size: number;
  AvailabilityZone: string;
  Encrypted: boolean;
  VolumeType: string;
  /** Absent in worlds of earlier versions: the type's own. */
  Iops?: number;
  Throughput?: number;
  Attachments: {
    VolumeId: string;
    InstanceId: string;
    Device: string;
    State: 'attaching' | 'attached' | 'detaching' | 'busy';
    DeleteOnTermination: boolean;
  }[];
  Tags: SimTag[];
  /** What is on it, as hosts see it: see `VolumeContent`. */
  Content: VolumeContent;
}

/** What lies on a volume: it travels with the volume from host to host. */
export interface VolumeContent {
  /** An ext4 or xfs file system straight on the volume. */
  fileSystem?: SimFileSystem;
  /** A member of a software array: the array's name and uuid (key in `arrays`). */
  member?: { array: string; uuid: string };
}

export interface SimFileSystem {
  uuid: string;
  label: string;
  type: 'ext4' | 'xfs';
  /** Owner ("postgres:postgres") and SELinux context of its root. */
  owner: string;
  context: string;
  /** Free-form facts about the data, e.g. {postgresMajor: 15, highestBuild: 8123456}. */
  data: Record<string, string | number | boolean>;
}

export interface SimSnapshot {
  SnapshotId: string;
  VolumeId: string;
  State: 'pending' | 'completed' | 'error';
  Progress: string;
  StartTime: string;
  Description: string;
  VolumeSize: number;
  Tags: SimTag[];
  /** The volume's content as of the request. */
  Content: VolumeContent;
}

export interface SimAddress {
  AllocationId: string;
  PublicIp: string;
  AssociationId?: string;
  InstanceId?: string;
  NetworkInterfaceId?: string;
  Tags: SimTag[];
}

export interface SimImage {
  ImageId: string;
  Name: string;
  OwnerId: string;
  CreationDate: string;
  RootDeviceName: string;
  State: 'available';
}

/** A volume group over arrays, and the file system on it (the backend's): lives with the arrays' members. */
export interface SimArray {
  name: string;
  uuid: string;
  level: string;
  /** Volume ids. */
  members: string[];
  /** Key in `volumeGroups`. */
  volumeGroup: string;
}

/** A transition of the pretend EC2 that is under way. A restart of the simulator begins its delay anew. */
export interface Ec2Transition {
  id: number;
  /** Delay in ms at speed 1. */
  after: number;
  what:
    | 'instance-running'
    | 'status-ok'
    | 'console-ready'
    | 'instance-stopped'
    | 'instance-terminated'
    | 'volume-available'
    | 'volume-attached'
    | 'volume-detached'
    | 'snapshot-half'
    | 'snapshot-completed'
    | 'automatic-address';
  /** The instance, volume or snapshot. */
  resource: string;
  /** DetachVolume by a call that met the fault `busy`: the call's args, so that the fault is looked at again. */
  busyArgs?: unknown;
}

/** What the pretend EC2 keeps beside its resources. */
export interface Ec2Books {
  transitions: Ec2Transition[];
  nextTransition: number;
  /** State of the seeded generator: ids and addresses come out the same in every run of the same calls. */
  random: number;
  /** By action and client token: what it made, and the hash of the other parameters. */
  tokens: Record<string, { resources: string[]; hash: string }>;
}

export interface WorldState {
  version: 1;
  /** Absent until EC2 was started the first time. */
  ec2?: Ec2Books;
  /** World time of the last save, ms: a restart goes on from here. */
  savedAt: number;
  instances: Record<string, SimInstance>;
  volumes: Record<string, SimVolume>;
  snapshots: Record<string, SimSnapshot>;
  addresses: Record<string, SimAddress>;
  images: Record<string, SimImage>;
  subnets: Record<
    string,
    { SubnetId: string; VpcId: string; AvailabilityZone: string; AvailableIpAddressCount: number }
  >;
  securityGroups: Record<string, { GroupId: string; GroupName: string }>;
  keyPairs: Record<string, { KeyName: string }>;
  offerings: Record<string, { InstanceType: string; Location: string }>;
  /** By array uuid (both environments use the same array names). */
  arrays: Record<string, SimArray>;
  /** Volume groups by an id of their own (both environments use the same name): uuids of its arrays, and the one file system on it. */
  volumeGroups: Record<string, { name: string; arrays: string[]; fileSystem: SimFileSystem; autoactivation?: boolean }>;
  /** Each host's own state by its id (an instance id, or "batcave01"); its shape belongs to sim/hosts. */
  hosts: Record<string, unknown>;
  /** The homeserver's state; its shape belongs to sim/matrix. */
  matrix: unknown;
  mails: { messageId: string; from: string; to: string[]; subject: string; text: string; at: number }[];
  /** DNS records that a name server without a zone of its own answers, by "TYPE name". */
  dns: Record<string, string[]>;
  /** What each name server has loaded, by its name ("ns01"). Absent until there is a dns repository. */
  nameServers?: Record<string, ServedZone>;
  /** The port each listener got, for life: by name ("ec2", "host i-0…", "matrix"). */
  ports: Record<string, number>;
}

/** A zone as a name server answers from it. */
export interface ServedZone {
  readonly serial: number;
  /** Addresses by "TYPE name". */
  readonly records: Readonly<Record<string, readonly string[]>>;
  /** In seconds, by "TYPE name". */
  readonly ttls: Readonly<Record<string, number>>;
}

/** Something that must happen later in world time; kept in the state so that a restart does it. */
export interface SimCall {
  seq: number;
  time: number;
  service: SimService;
  action: string;
  host?: string;
  args: unknown;
}

export type SimService = 'ec2' | 'ssh' | 'git' | 'smtp' | 'matrix' | 'dns' | 'host';

export type FaultKind =
  | 'throttled'
  | 'capacity'
  | 'busy'
  | 'reply-lost'
  | 'hang'
  | 'drop'
  | 'fail'
  | 'disk-full'
  | 'answer'
  | 'slow'
  | 'stale'
  | 'not-found'
  | 'incorrect-state'
  | 'in-use'
  | 'terminated'
  | 'torn'
  | 'hold-before'
  | 'hold-after';

/** What a fault of the kind `answer` says instead of the service. */
export interface FaultAnswer {
  /** HTTP status. */
  readonly status: number;
  /** As it is sent: a text as it stands (a proxy's page), anything else as JSON. */
  readonly body: unknown;
  /** By name, lower case; `content-type` follows from the body unless told. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The call takes effect all the same, as when a proxy gave up on it. */
  readonly afterEffect?: boolean;
}

/** What some kinds of fault say more of themselves. */
export interface FaultDetails {
  /** Of `terminated`: AWS's reason, code and words, as `Server.InsufficientInstanceCapacity: …`. */
  readonly reason?: string;
  /** Of `slow`: how long each call waits, ms of this machine. */
  readonly delayMs?: number;
}

export interface FaultMatch {
  service: 'ec2' | 'ssh' | 'git' | 'smtp' | 'matrix' | 'host';
  action?: string;
  host?: string;
  /** A text that the JSON of the call's args holds. */
  contains?: string;
}
