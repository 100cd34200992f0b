import { editInventory } from '#changes/edit-inventory.ts';
import { playPlaybook } from '#changes/play-playbook.ts';
import { defineStep } from '#engine/define-step.ts';
import { birthday, checkoutOf, commitMessage, servicesDisabled } from '../inventory-edits.ts';
import { scene } from '../scene.ts';

/**
 * The document, "Provision new instance from scratch": birthday and services_disabled in one commit, the playbook, and
 * birthday reverted. It may stop at mounting: the data isn't there yet. Of the backend it is the second play, with data.
 */
export const provision = defineStep({
  id: 'provision',
  title: 'Provision the new instance',
  danger: 'disruptive',
  gate: 'address',
  plan: context => {
    const here = scene(context);
    const { settings, target } = here;
    const checkout = checkoutOf(here);
    return [
      editInventory({
        edits: [birthday(here, 'yes'), servicesDisabled(here, true)],
        message: commitMessage(here, 'provision the new instance, its services off'),
        checkout,
      }),
      playPlaybook({
        host: { host: settings.batcave.host },
        limit: target.host,
        playbook: target.playbook,
        tags: [],
        mayStopAtMount: target.role !== 'backend',
      }),
      editInventory({
        edits: [birthday(here, null)],
        message: commitMessage(here, 'the new instance has its keys'),
        checkout,
      }),
    ];
  },
});
