import { editInventory } from '#changes/edit-inventory.ts';
import { playPlaybook } from '#changes/play-playbook.ts';
import { defineStep } from '#engine/define-step.ts';
import { checkoutOf, commitMessage } from '../inventory-edits.ts';
import { scene } from '../scene.ts';

/** The old backend's private address leaves the lists that allow-new-address widened, and keygen's packet filter. */
export const dropOldAddress = defineStep({
  id: 'drop-old-address',
  title: 'Take the old private address out of the allow lists',
  danger: 'disruptive',
  gate: 'address',
  waitsForOutages: true,
  plan: context => {
    const here = scene(context);
    const { facts, settings, target } = here;
    const keygen = settings.byRole.keygen === undefined ? undefined : settings.targets[settings.byRole.keygen];
    if (target.role !== 'backend' || keygen === undefined || facts.inventory.addresses.length === 0) return [];
    const edits = facts.inventory.addresses.map(({ file, key }) => ({
      op: 'drop-address' as const,
      file,
      key,
      address: facts.old.privateIp,
    }));
    return [
      editInventory({
        edits,
        message: commitMessage(here, `${facts.old.privateIp} is no longer the backend`),
        checkout: checkoutOf(here),
      }),
      playPlaybook({
        host: { host: settings.batcave.host },
        limit: keygen.host,
        playbook: keygen.playbook,
        tags: ['iptables', 'config'],
        mayStopAtMount: false,
      }),
    ];
  },
});
