import { editInventory } from '#changes/edit-inventory.ts';
import { defineStep } from '#engine/define-step.ts';
import { checkoutOf, commitMessage } from '../inventory-edits.ts';
import { scene } from '../scene.ts';

/** `birthday` goes once the host's keys are signed: with it, a later play would sign whatever answers there. */
export const endTemporaryBirthday = defineStep({
  id: 'end-temporary-birthday',
  title: 'Take birthday away from the temporary name',
  danger: 'safe',
  plan: context => {
    const here = scene(context);
    const { target } = here;
    const host = target.temporary?.host;
    if (host === undefined) return [];
    return [
      editInventory({
        edits: [{ op: 'set-host-vars', file: target.hostsFile, section: target.group, host, vars: { birthday: null } }],
        message: commitMessage(here, `${host} has its keys`),
        checkout: checkoutOf(here),
      }),
    ];
  },
  undo: { rule: 'nothing: the temporary name is taken out as a whole', plan: () => [] },
});
