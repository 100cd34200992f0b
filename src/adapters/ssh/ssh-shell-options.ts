import type { HostKeyring, HostKeys } from '#ports/shell.ts';
import type { SshTiming } from './connection.ts';

export interface NamedHost {
  readonly address: string;
  readonly port: number;
  readonly user: string;
  readonly keys: HostKeys;
  /** Where its runs' directories are; relative to the user's home unless absolute. Default: `.ferry`, for root /var/lib/ferry. */
  readonly state?: string;
}

export interface SshShellOptions {
  /** Login user of instances; another user than root works through `sudo -n`. */
  readonly user: string;
  /** File with the bot's private key, without passphrase. */
  readonly keyFile: string;
  readonly keyring: HostKeyring;
  /** Where an instance is reached: described freshly for each connection. */
  readonly addressOf: (instance: string) => Promise<{ readonly address: string; readonly port: number }>;
  /** Hosts with a name of their own, such as batcave01. */
  readonly hosts?: Readonly<Record<string, NamedHost>>;
  /** Every connection goes through it, when there is one. */
  readonly jump?: {
    readonly address: string;
    readonly port: number;
    readonly user: string;
    readonly keys: HostKeys;
    readonly keyFile?: string;
  };
  readonly timing?: Partial<SshTiming>;
  /** A program that prints the instance id, where there is no metadata service. */
  readonly identity?: readonly string[];
  /** Where instances keep the runs' directories. */
  readonly state?: string;
}
