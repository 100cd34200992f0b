import { playPlaybook } from '#changes/play-playbook.ts';
import { defineStep } from '#engine/define-step.ts';
import { backendConfig, keygenPlay } from '../config-plays.ts';
import { playedByHand } from '../read/by-hand-lines.ts';
import { scene } from '../scene.ts';

/**
 * What the old host reads from the inventory may have changed while it was stopped: whom keygen lets in, where the backend
 * finds keygen. Just that part of its playbook is played, once it has its name again.
 */
export const playConfiguration = defineStep({
  id: 'play-configuration',
  title: 'Play what the old instance reads from the inventory',
  danger: 'disruptive',
  gate: 'address',
  plan: context => {
    const { settings, target } = scene(context);
    if (target.role === 'keygen') return [playPlaybook({ ...keygenPlay(settings, target), mayStopAtMount: false })];
    if (target.role === 'backend') return [playPlaybook({ ...backendConfig(settings, target), mayStopAtMount: false })];
    return [];
  },
  readByHand: playedByHand('play-configuration'),
});
