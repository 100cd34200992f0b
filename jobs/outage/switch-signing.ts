import { editInventory } from '#changes/edit-inventory.ts';
import { playPlaybook } from '#changes/play-playbook.ts';
import { defineStep } from '#engine/define-step.ts';
import { backendConfig } from '../config-plays.ts';
import { checkoutOf, commitMessage } from '../inventory-edits.ts';
import { scene } from '../scene.ts';
import { signingTest } from '../signing-test.ts';
import { signs } from '../verify/signs.ts';

/**
 * Backend and keygen meet over private addresses: the old one is replaced where it stands, and the backend has a file signed. Nothing to do where keygen is
 * named by its Elastic IP, which stays, or where allow-new-address let the new backend in before.
 */
export const switchSigning = defineStep({
  id: 'switch-signing',
  title: 'Let backend and keygen meet at their new addresses',
  danger: 'disruptive',
  gate: 'address',
  needs: ['launch-instance'],
  limit: 'network',
  plan: context => {
    const here = scene(context);
    const { target, facts, settings, new: launched } = here;
    if (target.role === 'backend') return signingTest(here, launched.instance);
    if (target.role !== 'keygen' || facts.inventory.keygen.length === 0) return [];
    const backend = settings.byRole.backend === undefined ? undefined : settings.targets[settings.byRole.backend];
    const edits = facts.inventory.keygen.map(({ file, key }) => ({
      op: 'replace-address' as const,
      file,
      key,
      from: facts.old.privateIp,
      to: launched.privateIp,
    }));
    return [
      editInventory({
        edits,
        message: commitMessage(here, 'keygen has a new private address'),
        checkout: checkoutOf(here),
      }),
      ...(backend === undefined ? [] : [playPlaybook({ ...backendConfig(settings, backend), mayStopAtMount: false })]),
    ];
  },
  undoEnds: {
    rule: "the backend's playbook is played again, only config, where keygen's address stands in the inventory",
    plan: context => {
      const { target, facts, settings } = scene(context);
      const backend = settings.targets[settings.byRole.backend ?? ''];
      if (target.role !== 'keygen' || facts.inventory.keygen.length === 0 || backend === undefined) return [];
      return [playPlaybook({ ...backendConfig(settings, backend), mayStopAtMount: false })];
    },
  },
  ready: ({ shell }, context) => {
    const here = scene(context);
    return here.target.role === 'backend' ? signs(shell, here.new.instance, here) : Promise.resolve({ ok: true });
  },
});
