import type { Readers } from '#engine/define-change.ts';
import type { StepContext, Verdict } from '#engine/define-step.ts';
import { scene } from '../scene.ts';
import { serviceAnswers } from './service-answers.ts';

/** The service on the new instance answers, and is the one that was on the old. */
export function upgradedService({ shell }: Readers, context: StepContext): Promise<Verdict> {
  const { settings, target, facts, new: launched } = scene(context);
  const { certificate, counts } = facts;
  const { instance } = launched;
  return serviceAnswers(shell, { settings, target, instance, certificate, counts, backend: backendNow(context) });
}

/** The backend that signs: the new one once it has the data, the live one otherwise. */
function backendNow(context: StepContext): string | undefined {
  const here = scene(context);
  const name = here.settings.byRole.backend;
  if (name !== undefined && context.run.targets.includes(name)) {
    return context.outputs(name, 'move-address') === undefined
      ? here.facts.backend?.instance
      : here.other(name).new.instance;
  }
  return here.facts.backend?.instance;
}
