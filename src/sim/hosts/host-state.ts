export type Role = 'frontend' | 'backend' | 'distgit' | 'keygen';
export type Environment = 'dev' | 'prod';

export interface SimUnit {
  active: boolean;
  failed?: boolean;
  enabled: 'enabled' | 'disabled' | 'static' | 'masked';
  /** What it is again without its mask. */
  unmasked?: 'enabled' | 'disabled' | 'static';
}

export interface SimProcess {
  pid: number;
  /** Process id of the one that started it; 1 unless told. */
  parent?: number;
  /** Field 22 of /proc/PID/stat: clock ticks after boot. */
  start: number;
  /** ms since the epoch. */
  startedAt: number;
  user: string;
  command: string;
  /** Paths that it holds open. */
  holds: string[];
  /** The unit that it is the main process of. */
  unit?: string;
  /** It ends by itself `lastsMs` of world time after this unit stopped. */
  drainsAfter?: { unit: string; lastsMs: number };
  /** A detached command: played again from its beginning when the simulator was stopped meanwhile. */
  job?: SimJob;
}

/** What `setsid -f` was given. */
export interface SimJob {
  argv: string[];
  cwd: string;
  user: string;
  env: Record<string, string>;
  output?: string;
  fault?: { program: string; kind: 'fail' | 'disk-full' };
}

/** What a mount or a swap area lies on. */
export type FileSystemRef = { volume: string } | { group: string } | { root: true };

export interface SimMount {
  target: string;
  on: FileSystemRef;
  options: string;
  /** A bind mount's source folder. */
  bind?: string;
}

export interface SimBuilder {
  id: number;
  name: string;
  pool: string;
}

/** A host's own state, kept in the world's state: plain JSON. */
export interface HostState {
  id: string;
  /** The name it calls itself. */
  name: string;
  role?: Role;
  environment?: Environment;
  /** It stood there before the simulator was started the first time: set up by its role's playbook. */
  seeded: boolean;
  /** Release of Fedora. */
  fedora: number;
  /** Private key in OpenSSH's form, and the public line "ssh-ed25519 AAAA…". */
  hostKey: string;
  publicKey: string;
  /** It has booted and its sshd answers. */
  up: boolean;
  bootId: string;
  bootedAt: number;
  /** The bot's key is let in at all; as root too (else "Please login as the user fedora"). */
  botKey: boolean;
  rootLogin: boolean;
  /** The `base` role has passed; its keys are signed. */
  provisioned: boolean;
  units: Record<string, SimUnit>;
  packages: Record<string, string>;
  mounts: SimMount[];
  processes: SimProcess[];
  nextPid: number;
  /** Active arrays (uuids) and volume groups (ids of the world's state). */
  arrays: string[];
  groups: string[];
  /** NVMe index of each volume. */
  nvme: Record<string, number>;
  /** Files that differ from the base: text and mode, a link's target, or null for one that is gone; "" text with mode 0o40000 is a folder. */
  files: Record<string, { text: string; mode: number } | { link: string } | null>;
  builders: SimBuilder[];
  nextBuilder: number;
  /** The swap file in use; empty: none. */
  swap: string;
  /** Addresses that its network manager has brought up on the interface. */
  ipv6: string[];
}
