import { editInventory } from '#changes/edit-inventory.ts';
import type { InventoryEdit } from '#core/inventory/edit.ts';
import type { ChangeScenario, ChangeWorld } from './scenario.ts';

const host = 'copr-be-dev.aws.fedoraproject.org';
const birthday: InventoryEdit = {
  op: 'set-host-vars',
  file: 'inventory/inventory',
  section: 'copr_back_dev_aws',
  host,
  vars: { birthday: 'yes' },
};
const disabled: InventoryEdit = {
  op: 'set-scalar',
  file: 'inventory/group_vars/copr_back_dev_aws',
  key: 'services_disabled',
  from: 'false',
  to: 'true',
};
const temporary: InventoryEdit = {
  op: 'list-host',
  file: 'inventory/inventory',
  section: 'copr_back_dev_aws',
  host: 'copr-be-dev-temp.aws.fedoraproject.org',
  vars: { birthday: 'yes', services_disabled: 'True' },
};

const push = {
  request: { service: 'git' as const, action: 'push' },
  effects: (effect: { service: string; action: string }) => effect.service === 'git',
  undo: 'change' as const,
  view: (world: ChangeWorld) => world.repo.files().map(path => world.repo.file(path)),
};

export const inventoryScenarios: readonly ChangeScenario[] = [
  {
    kind: 'edit-inventory',
    title: 'birthday, and services disabled for the group',
    arrange: async () =>
      editInventory({ edits: [birthday, disabled], message: 'copr-be-dev: new host', checkout: null }),
    ...push,
  },
  {
    kind: 'edit-inventory',
    title: 'the temporary host out of its comment',
    arrange: async () => editInventory({ edits: [temporary], message: 'copr-be-dev-temp: prepare', checkout: null }),
    ...push,
  },
];
