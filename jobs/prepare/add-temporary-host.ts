import { editInventory } from '#changes/edit-inventory.ts';
import { defineStep } from '#engine/define-step.ts';
import { checkoutOf, commitMessage } from '../inventory-edits.ts';
import { scene } from '../scene.ts';

/** The document: the temporary name "on TWO PLACES", else monitoring breaks; with birthday and without its services. */
export const addTemporaryHost = defineStep({
  id: 'add-temporary-host',
  title: 'List the temporary name in the inventory',
  danger: 'safe',
  plan: context => {
    const here = scene(context);
    const { target, facts } = here;
    const host = target.temporary?.host;
    if (host === undefined) return [];
    const edits = facts.inventory.temporary.map(({ file, section }) => ({
      op: 'list-host' as const,
      file,
      section,
      host,
      vars: section === target.group ? { birthday: 'yes', services_disabled: 'True' } : {},
    }));
    return [
      editInventory({
        edits,
        message: commitMessage(here, `list ${host} for the upgrade`),
        checkout: checkoutOf(here),
      }),
    ];
  },
  async verify({ shell }, context) {
    const { target, settings } = scene(context);
    const host = target.temporary?.host ?? '';
    const seen = await shell.read({ host: settings.batcave.host }, ['ansible-inventory', '--host', host], {
      limitMs: 120_000,
    });
    return seen.code === 0 && seen.stdout.includes('birthday')
      ? { ok: true }
      : { ok: false, wait: true, why: `ansible-inventory on batcave01 doesn't show ${host} yet` };
  },
});
