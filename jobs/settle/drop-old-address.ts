import { editInventory } from '#changes/edit-inventory.ts';
import { playPlaybook } from '#changes/play-playbook.ts';
import { defineStep } from '#engine/define-step.ts';
import { keygenPlay, keygenPlayedAgain } from '../config-plays.ts';
import { checkoutOf, commitMessage } from '../inventory-edits.ts';
import { scene } from '../scene.ts';
import { servingOf } from '../serving.ts';
import { letsIn } from '../verify/lets-in.ts';

/** The old backend's private address leaves the lists that allow-new-address widened, and keygen's packet filter. */
export const dropOldAddress = defineStep({
  id: 'drop-old-address',
  title: 'Take the old private address out of the allow lists',
  danger: 'disruptive',
  afterWindow: true,
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
      playPlaybook({ ...keygenPlay(settings, keygen), mayStopAtMount: false }),
    ];
  },
  undoEnds: keygenPlayedAgain,
  async undone({ shell }, context) {
    const { facts } = scene(context);
    const keygen = servingOf(context, 'keygen');
    if (keygen === undefined || facts.inventory.addresses.length === 0) return { ok: true };
    return letsIn(shell, keygen, { address: facts.old.privateIp, ports: facts.inventory.ports });
  },
});
