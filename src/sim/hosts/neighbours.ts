import type { DnsRepo } from '../git/dns-repo.ts';
import type { VirtualHost } from './virtual-host.ts';

/** The inventory repository, as batcave01 sees it. */
export interface InventoryFiles {
  /** A file's text at the head of the branch. */
  file(path: string): string | undefined;
  /** Commit id of the branch's head. */
  head(): string;
  /** Paths of all files at the head, or at least of those that differ there from what they were at another commit. */
  files(since?: string): readonly string[];
  /** All commits of the branch, newest first. */
  log?(): readonly { readonly id: string }[];
  onPush(act: () => void): void;
}

/** The dns repository and the name servers, as batcave01 sees them. */
export interface DnsWorld {
  readonly repo: DnsRepo;
  readonly servers: readonly string[];
  /** `update-dns` on a name server. @returns whether it serves another zone now. */
  update(server: string): boolean;
}

/** The other hosts, and what they have in common. */
export interface Neighbours {
  readonly inventory: InventoryFiles;
  /** Undefined in a world without one. */
  readonly dns: DnsWorld | undefined;
  /** The bot's public key, base64: user data that holds it lets the bot in. */
  readonly authorizedBlob: string;
  byId(id: string): VirtualHost | undefined;
  /** The host that a name or an address leads to now; only a running instance has one. */
  byAddress(nameOrAddress: string): VirtualHost | undefined;
  /** Addresses that a name resolves to. */
  resolve(name: string): readonly string[];
  /** Brings the checkout on batcave01 to the head of the branch. */
  updateCheckout(): Promise<void>;
  /** `shutdown` and `reboot` on the host itself. */
  power(host: VirtualHost, what: 'off' | 'reboot'): void;
}
