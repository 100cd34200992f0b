import { playPlaybook } from '#changes/play-playbook.ts';
import type { StepDefinition } from '#engine/define-step.ts';
import { onBatcave } from './on-batcave.ts';
import { scene } from './scene.ts';
import type { RunSettings, TargetSettings } from './settings.ts';

/** The part of keygen's playbook that reads which addresses it lets in. */
export function keygenPlay(settings: Pick<RunSettings, 'batcave'>, keygen: TargetSettings) {
  return { ...onBatcave(settings), limit: keygen.host, playbook: keygen.playbook, tags: ['iptables', 'config'] };
}

/** The part of the backend's playbook that reads where keygen is. */
export function backendConfig(settings: Pick<RunSettings, 'batcave'>, backend: TargetSettings) {
  return { ...onBatcave(settings), limit: backend.host, playbook: backend.playbook, tags: ['config'] };
}

/** keygen's packet filter follows from the inventory: with its lines as they were it is played again. */
export const keygenPlayedAgain: NonNullable<StepDefinition['undoEnds']> = {
  rule: "keygen's playbook is played again, only iptables, config, and its packet filter is looked at",
  plan: context => {
    const { settings, target } = scene(context);
    const keygen = settings.targets[settings.byRole.keygen ?? ''];
    if (target.role !== 'backend' || keygen === undefined) return [];
    return [playPlaybook({ ...keygenPlay(settings, keygen), mayStopAtMount: false })];
  },
};
