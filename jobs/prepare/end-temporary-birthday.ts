import { editInventory } from '#changes/edit-inventory.ts';
import { defineStep } from '#engine/define-step.ts';
import { checkoutOf, commitMessage } from '../inventory-edits.ts';
import { scene } from '../scene.ts';
import { baseHasPassed } from '../verify/base-has-passed.ts';

/**
 * Beside provision-ahead: `birthday` goes as soon as the role `base` has passed, also when the play fails later. With it a
 * later play would sign the keys of whatever answers there.
 */
export const endTemporaryBirthday = defineStep({
  id: 'end-temporary-birthday',
  title: 'Take birthday away from the temporary name',
  danger: 'safe',
  limit: 'playbook',
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
  ready: baseHasPassed('provision-ahead', 'temporary'),
  undo: { rule: 'nothing: the temporary name is taken out as a whole', plan: () => [] },
});
