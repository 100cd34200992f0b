import type { Change } from '#core/change.ts';
import type { Readers, Writers } from '#engine/define-change.ts';
import type { DnsRepo } from '#sim/git/dns-repo.ts';
import type { InventoryRepo } from '#sim/git/inventory-repo.ts';
import type { Kernel } from '#sim/kernel.ts';
import type { SimCall, SimService } from '#sim/state.ts';

/** The simulator with the real adapters on it. */
export interface ChangeWorld {
  readonly kernel: Kernel;
  readonly repo: InventoryRepo;
  readonly dnsRepo: DnsRepo;
  readonly readers: Readers;
  readonly writers: Writers;
  /** Runs a line as root on a pretend host, outside of all ports. */
  sh(host: string, line: string): Promise<string>;
  stop(): Promise<void>;
}

/** One change in one small situation: the contract suite and the crash suite play it. */
export interface ChangeScenario {
  /** The kind, and what is special about the situation. */
  readonly title: string;
  readonly kind: string;
  /** Brings the world to where the change looks `before`, and plans it. */
  arrange(world: ChangeWorld): Promise<Change>;
  /** Where a fault meets the request: the last one, if there are several. */
  readonly request: {
    readonly service: Exclude<SimService, 'dns' | 'host'>;
    readonly host?: string;
    readonly action?: string;
    readonly contains?: string;
  };
  /** The effects that the change has, each once. */
  effects(effect: SimCall): boolean;
  /** Whether the inverse is another change once the change is made. */
  readonly undo: 'change' | 'none';
  /** What must be as it was after the inverse. */
  view?(world: ChangeWorld): unknown;
  /** Brings the world's own part about, where the change waits for one (a dispatcher that ends). */
  help?(world: ChangeWorld): Promise<void>;
  /** Its success may cut the connection before the answer comes. */
  readonly endsConnection?: boolean;
  /** It is under way for a while after the request was taken. */
  readonly slow?: boolean;
  /** The simulator records no effect of it. */
  readonly quiet?: boolean;
}
