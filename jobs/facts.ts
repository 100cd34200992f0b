/** What check-readiness read of a target. Plain JSON; a plan is a pure function of it. */
export type TargetFacts = {
  readonly old: {
    readonly instance: string;
    readonly networkInterface: string;
    readonly privateIp: string;
    readonly publicIp: string | null;
    readonly type: string;
    readonly rootVolume: string;
    readonly rootGiB: number;
    readonly fedora: number;
  };
  readonly image: { readonly id: string; readonly name: string; readonly release: number; readonly rootDevice: string };
  /** Of a return: the old instance that is to serve again; `old` is then the one that serves, and leaves. */
  readonly kept?: {
    readonly instance: string;
    readonly networkInterface: string;
    readonly privateIp: string;
    readonly rootVolume: string;
    readonly ipv6: readonly string[];
  };
  /** Id of the target's security group. */
  readonly securityGroup: string;
  readonly address: { readonly allocation: string; readonly publicIp: string };
  /** The address that stays with the target by moving between the interfaces; null: none does. */
  readonly ipv6: string | null;
  /** Of a target whose IPv6 address doesn't move: its AAAA record as it was before this run touched it. */
  readonly aaaa?: {
    /** As it is written in the zone. */
    readonly address: string;
    /** As it is written; null: the zone's. */
    readonly ttl: string | null;
    /** How long resolvers may keep it. */
    readonly seconds: number;
  } | null;
  readonly volumes: readonly {
    readonly id: string;
    readonly device: string;
    readonly sizeGiB: number;
    /** Type, what it was asked to be, and its Name: as another one made in its place is. Absent in runs of earlier versions. */
    readonly type?: string;
    readonly iops?: number;
    readonly throughput?: number;
    readonly name?: string;
  }[];
  readonly fileSystems: readonly FileSystemFacts[];
  readonly storage: {
    readonly arrays: readonly {
      readonly device: string;
      readonly uuid: string;
      readonly level: string;
      readonly members: number;
    }[];
    readonly volumeGroup: string;
  } | null;
  /** Units of the role that are enabled or active on the old host. */
  readonly units: readonly string[];
  readonly timers: readonly string[];
  /** Changed files of packages outside /etc and /boot, by `rpm -Va`. */
  readonly hotFixes: readonly string[];
  /** What stands in them, as far as it may be shown. Absent in runs that are older than it. */
  readonly hotFixTexts?: readonly { readonly path: string; readonly about: string; readonly text: string | null }[];
  readonly database: {
    readonly major: number;
    readonly checksums: boolean;
    readonly collation: string;
    readonly largest: readonly { readonly table: string; readonly rows: number }[];
  } | null;
  /** Of the certificate in use its serial, its end (ms) and the names that it is for; null: there is none. */
  readonly certificate: {
    readonly serial: string;
    readonly ends: number;
    /** Absent in runs of earlier versions. */
    readonly names?: readonly string[];
  } | null;
  readonly counts: { readonly highestBuild: number; readonly projects: number } | null;
  readonly builders: number | null;
  /** Where the backend's temporary Elastic IP is now. */
  readonly temporaryAddress: {
    readonly allocation: string;
    readonly publicIp: string;
    readonly networkInterface: string | null;
  } | null;
  readonly inventory: {
    /** Head at which it was read. Others' commits in between are no drift unless an edit differs. */
    readonly commit: string;
    /** The temporary name's line in each section, as it stands; null: none. */
    readonly temporary: readonly {
      readonly file: string;
      readonly section: string;
      readonly was: string | null;
      readonly listed: boolean;
    }[];
    /** Where the target's old private address stands as the backend's. */
    readonly addresses: readonly { readonly file: string; readonly key: string }[];
    /** Ports of the packet filter's rules among them. Absent in runs of earlier versions. */
    readonly ports?: readonly number[];
    /** Where it stands as keygen's: nowhere while keygen is named by its Elastic IP. */
    readonly keygen: readonly { readonly file: string; readonly key: string }[];
  };
  /** Old instance of the environment's backend and keygen, for steps that touch them. */
  readonly backend: { readonly instance: string; readonly privateIp: string } | null;
  readonly keygen: { readonly instance: string; readonly privateIp: string } | null;
};

export type FileSystemFacts = {
  readonly path: string;
  readonly source: string;
  readonly uuid: string;
  readonly label: string | null;
  readonly owner: string;
  readonly context: string;
};
