import type { VirtualHost } from './virtual-host.ts';

/** The inventory repository, as batcave01 sees it. */
export interface InventoryFiles {
  /** A file's text at the head of the branch. */
  file(path: string): string | undefined;
  /** Commit id of the branch's head. */
  head(): string;
  /** Paths of all files at the head. */
  files(): readonly string[];
  /** All commits of the branch, newest first. */
  log?(): readonly { readonly id: string }[];
  onPush(act: () => void): void;
}

/** The other hosts, and what they have in common. */
export interface Neighbours {
  readonly inventory: InventoryFiles;
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
