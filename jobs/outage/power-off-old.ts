import { shutDownHost } from '#changes/shut-down-host.ts';
import { defineStep } from '#engine/define-step.ts';
import { scene } from '../scene.ts';

/** The document: "Perhaps you can shutdown the instance (but you don't have to)". The estate's choice. */
export const powerOffOld = defineStep({
  id: 'power-off-old',
  title: 'Shut the old instance down',
  danger: 'disruptive',
  gate: 'storage',
  plan: context => [shutDownHost({ host: scene(context).old })],
});
