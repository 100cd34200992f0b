import type { Change } from '#core/change.ts';

/**
 * What the estate said for a run: frozen in its journal when it is proposed, and anew when the estate is altered before its
 * outage, so that its plans can be drawn again. Plain JSON, without secrets: what differs is shown in the room.
 */
export type RunSettings = {
  readonly environment: EnvironmentSettings;
  readonly aws: {
    readonly zone: string;
    readonly subnet: string;
    readonly keyPair: string;
    readonly imageOwner: string;
    /** `*` wildcards; `{release}` stands for the Fedora release. */
    readonly imageName: string;
    /** How long snapshots are kept, ms. */
    readonly snapshotKeep: number;
  };
  /** Ferry's public SSH key, let in on new instances. */
  readonly sshKey: string;
  readonly batcave: {
    readonly host: string;
    readonly checkout: string;
    /** Where Ansible logs plays, where that is elsewhere than `logdetail` writes by itself. */
    readonly playLogs?: string;
    /** The program that plays a playbook, where it is another than rbac-playbook. */
    readonly program?: string;
  };
  /** The zone of the targets whose IPv6 address doesn't move; null or absent: there is none. */
  readonly dns?: DnsSettings | null;
  readonly targets: Readonly<Record<string, TargetSettings>>;
  /** Of each role in the environment, the target that has it, in the run or not. */
  readonly byRole: Readonly<Partial<Record<RoleName, string>>>;
  /** Of a return, by target. */
  readonly returns?: Readonly<Record<string, ReturnSettings>>;
};

/** Of a return: what the upgrade's journal says of the target. */
export type ReturnSettings = {
  /** The upgrade that it goes back from. */
  readonly upgrade: string;
  /** When that one's outage began, ms. */
  readonly since: number;
  /** The old instance, as the upgrade read it. */
  readonly kept: {
    readonly instance: string;
    readonly networkInterface: string;
    readonly privateIp: string;
    readonly rootVolume: string;
    readonly fedora: number;
    /** Pinned, OpenSSH public key lines without comment. */
    readonly hostKeys: readonly string[];
    /** Its own, of a target whose IPv6 address doesn't move. */
    readonly ipv6: string | null;
  };
  /** What the upgrade launched: its keys as they were pinned, and the address that it got where the target's doesn't move. */
  readonly launched: {
    readonly instance: string;
    readonly hostKeys: readonly string[];
    readonly ipv6: string | null;
  };
  /** By step of the upgrade, the inverses of what it did on the old instance. */
  readonly undo: Readonly<Record<string, readonly Change[]>>;
  /** The major of the database's old cluster, which an upgrade by copy left beside the new one; null: the database is the same. */
  readonly oldCluster: number | null;
  /** Of each data volume its clean snapshot of then, where only that holds what the old server can read; else none. */
  readonly snapshots: readonly { readonly volume: string; readonly snapshot: string }[];
  /** What isn't there any more afterwards, one sentence each. */
  readonly lost: readonly string[];
  /** For whoever decides on it. */
  readonly remarks: readonly string[];
};

export type DnsSettings = {
  readonly zone: string;
  /** On batcave01. */
  readonly repository: string;
  readonly branch: string;
  readonly file: string;
  /** How long resolvers may keep an AAAA record that will change, in seconds. */
  readonly lowTtl: number;
  readonly playbook: string;
  /** "Name <mail>" of commits. */
  readonly author: string;
};

export type RoleName = 'frontend' | 'backend' | 'distgit' | 'keygen';

export type EnvironmentSettings = {
  readonly name: string;
  /** Tags of everything that belongs to it. */
  readonly tags: Readonly<Record<string, string>>;
  readonly options: {
    readonly warmUp: boolean;
    readonly powerOffOld: boolean;
    readonly rebootTest: boolean;
    readonly databaseBackup: 'inside' | 'ahead';
    readonly databaseUpgrade: 'link' | 'copy';
    readonly quietOld: 'stop' | 'mask';
  };
  /** What is told where, by event. */
  readonly announce: Readonly<
    Record<
      'planned' | 'begins' | 'over' | 'done',
      { readonly rooms: readonly string[]; readonly mail: readonly string[] }
    >
  >;
  /** Rooms whose topic says that an outage is on. */
  readonly topics: readonly string[];
  /** Where keygen's address stands for the backend (`keygen_host`). */
  readonly keygenAddress: readonly { readonly file: string; readonly key: string }[];
  /** Where the backend's private address stands (`copr_backend_ips`, `custom_rules`, `nft_custom_rules`). */
  readonly backendAddresses: readonly { readonly file: string; readonly key: string }[];
};

export type TargetSettings = {
  readonly name: string;
  readonly role: RoleName;
  /** The name in the inventory and in DNS, e.g. copr-be-dev.aws.fedoraproject.org. */
  readonly host: string;
  /** The `Name` tag without suffix, e.g. copr-backend-dev. */
  readonly nameTag: string;
  /** The instance in use, where the estate names one: tags alone shouldn't tell. Absent in runs of earlier versions. */
  readonly instance?: string | null;
  readonly instanceType: string;
  readonly rootGiB: number;
  readonly securityGroup: string;
  readonly elasticIp: string;
  /** Its allocation. Absent in runs of earlier versions. */
  readonly allocation?: string;
  readonly ipv6: string | null;
  /** false: the new instance gets one of its own, and the AAAA record changes. Absent in runs of earlier versions: it moves. */
  readonly ipv6Moves?: boolean;
  readonly volumes: readonly { readonly id: string; readonly device: string }[];
  /** In the order of unmounting. */
  readonly mounts: readonly {
    readonly path: string;
    readonly label: string | null;
    /** Absent in runs of earlier versions. */
    readonly uuid?: string | null;
    readonly bind: string | null;
  }[];
  /** Units to stop, in order; what users need longest comes last. */
  readonly services: readonly string[];
  readonly playbook: string;
  readonly group: string;
  /** Inventory file of the group's variables. */
  readonly groupVars: string;
  /** The INI file with the target's host line. */
  readonly hostsFile: string;
  /** Folders and files of the root disk that must come along. */
  readonly rootState: readonly string[];
  /** Pinned keys of the host in use, OpenSSH public key lines without comment. */
  readonly hostKeys: readonly string[];
  /** Under which name certbot keeps its certificate; null or absent: under its host's. */
  readonly certificate?: string | null;
  readonly temporary: {
    readonly host: string;
    readonly elasticIp: string;
    /** Absent in runs of earlier versions. */
    readonly allocation?: string;
    readonly device: string;
    readonly sizeGiB: number;
    readonly volume: string | null;
    /** Sections of inventory files in which the temporary name is listed. */
    readonly sections: readonly { readonly file: string; readonly section: string }[];
  } | null;
  readonly check: {
    /** Pages that answer 200 when all is well. */
    readonly urls: readonly string[];
    /** A project and its package that is built, and copr-cli's configuration on batcave01. Null: nothing is built. */
    readonly project: string | null;
    readonly package: string | null;
    readonly coprConfig: string | null;
    /** A dist-git repository, and a commit that one of its branches ends with. */
    readonly repository: string | null;
    readonly commit: string | null;
    /** A key that keygen holds. */
    readonly signingKey: string | null;
    /** On batcave01: a netrc file with an API login and its token. Null: nobody logs in. */
    readonly netrc: string | null;
    /** As whom the API must know that login. */
    readonly user: string | null;
  };
};
