import { editInventory } from '#changes/edit-inventory.ts';
import { defineStep } from '#engine/define-step.ts';
import { checkoutOf, commitMessage } from '../inventory-edits.ts';
import { scene } from '../scene.ts';

/** The lines of the temporary name are byte for byte what they were; others' commits in between don't matter. */
export const removeTemporaryHost = defineStep({
  id: 'remove-temporary-host',
  title: 'Take the temporary name out of the inventory',
  danger: 'safe',
  plan: context => {
    const here = scene(context);
    const { target, facts } = here;
    const host = target.temporary?.host;
    if (host === undefined) return [];
    const edits = facts.inventory.temporary.map(({ file, section, was }) => ({
      op: 'unlist-host' as const,
      file,
      section,
      host,
      was,
    }));
    return [
      editInventory({ edits, message: commitMessage(here, `${host} is no longer needed`), checkout: checkoutOf(here) }),
    ];
  },
  undo: { rule: 'nothing: the lines are what they were before the run', plan: () => [] },
});
