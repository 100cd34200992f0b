import { editInventory } from '#changes/edit-inventory.ts';
import { defineStep } from '#engine/define-step.ts';
import { birthday, checkoutOf, commitMessage } from '../inventory-edits.ts';
import { scene } from '../scene.ts';
import { baseHasPassed } from '../verify/base-has-passed.ts';

/**
 * Beside provision: `birthday` goes as soon as the role `base` has passed, also when the play fails later. With it a
 * later play would sign the keys of whatever answers there. Source: facts, "batcave01".
 */
export const endBirthday = defineStep({
  id: 'end-birthday',
  title: 'Take birthday away once the role base has passed',
  danger: 'disruptive',
  gate: 'address',
  limit: 'playbook',
  plan: context => {
    const here = scene(context);
    return [
      editInventory({
        edits: [birthday(here, null)],
        message: commitMessage(here, 'the new instance has its keys'),
        checkout: checkoutOf(here),
      }),
    ];
  },
  ready: baseHasPassed('provision', 'host'),
  undo: { rule: 'nothing: birthday stays away', plan: () => [] },
});
