import { checkPlaybook } from '#changes/check-playbook.ts';
import { editInventory } from '#changes/edit-inventory.ts';
import { playPlaybook } from '#changes/play-playbook.ts';
import { defineStep } from '#engine/define-step.ts';
import { keygenPlay, keygenPlayedAgain } from '../config-plays.ts';
import { checkoutOf, commitMessage } from '../inventory-edits.ts';
import { scene } from '../scene.ts';
import { servingOf } from '../serving.ts';
import { keepsOut, letsIn } from '../verify/lets-in.ts';

/**
 * The new backend's private address beside the old one, in who may sign and in keygen's packet filter, ahead of the
 * outage. It touches the live keygen: gate LIVE, and what the playbook would change there is shown before it does. The
 * document, "Note the private IP addresses".
 */
export const allowNewAddress = defineStep({
  id: 'allow-new-address',
  title: 'Let the new backend in on keygen',
  danger: 'disruptive',
  gate: 'live',
  waitsForOutages: true,
  needs: ['launch-instance'],
  plan: context => {
    const here = scene(context);
    const { facts, settings, new: launched } = here;
    const keygen = settings.byRole.keygen === undefined ? undefined : settings.targets[settings.byRole.keygen];
    if (keygen === undefined || facts.inventory.addresses.length === 0) return [];
    const edits = facts.inventory.addresses.map(({ file, key }) => ({
      op: 'add-address' as const,
      file,
      key,
      beside: facts.old.privateIp,
      address: launched.privateIp,
    }));
    const play = keygenPlay(settings, keygen);
    return [
      editInventory({
        edits,
        message: commitMessage(here, `let ${launched.privateIp} in on ${keygen.name}`),
        checkout: checkoutOf(here),
      }),
      checkPlaybook({ ...play, word: launched.privateIp }),
      playPlaybook({ ...play, mayStopAtMount: false }),
    ];
  },
  verifyReadsAll: true,
  async verify({ shell }, context) {
    const { facts, new: launched } = scene(context);
    if (facts.keygen === null || facts.inventory.addresses.length === 0) return { ok: true };
    return letsIn(shell, facts.keygen.instance, { address: launched.privateIp, ports: facts.inventory.ports });
  },
  undoEnds: keygenPlayedAgain,
  async undone({ shell }, context) {
    const { facts, new: launched } = scene(context);
    const keygen = servingOf(context, 'keygen');
    if (keygen === undefined || facts.inventory.addresses.length === 0) return { ok: true };
    const { ports } = facts.inventory;
    const before = await letsIn(shell, keygen, { address: facts.old.privateIp, ports });
    return before.ok ? keepsOut(shell, keygen, { address: launched.privateIp, ports }) : before;
  },
});
