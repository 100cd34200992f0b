import type { InventoryEdit } from '#core/inventory/edit.ts';
import type { Scene } from './scene.ts';

/** `birthday=yes` behind the target's real name: the first playbook signs the new host's keys. null takes it away. */
export function birthday({ target }: Pick<Scene, 'target'>, value: 'yes' | null): InventoryEdit {
  return {
    op: 'set-host-vars',
    file: target.hostsFile,
    section: target.group,
    host: target.host,
    vars: { birthday: value },
  };
}

/** `services_disabled` of the target's group. */
export function servicesDisabled({ target }: Pick<Scene, 'target'>, value: boolean): InventoryEdit {
  return {
    op: 'set-scalar',
    file: target.groupVars,
    key: 'services_disabled',
    from: String(!value),
    to: String(value),
  };
}

/** Where a group's variables name the host's IPv6 address, as `<address>/128`. */
export const ipv6Key = 'aws_ipv6_addr';

/** First line of a commit, then who asked, for whoever reads the inventory's history. */
export function commitMessage(scene: Scene, what: string): string {
  const { run } = scene.context;
  return `${scene.target.name}: ${what}\n\nFerry, run ${run.id}, asked by ${run.asker}.`;
}

/** The checkout on batcave01 that must have a commit before a playbook is played. */
export function checkoutOf({ settings }: Pick<Scene, 'settings'>): { host: { host: string }; path: string } {
  return { host: { host: settings.batcave.host }, path: settings.batcave.checkout };
}
