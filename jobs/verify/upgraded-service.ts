import type { Readers } from '#engine/define-change.ts';
import type { StepContext, Verdict } from '#engine/define-step.ts';
import { scene } from '../scene.ts';
import { servingOf } from '../serving.ts';
import { serviceAnswers } from './service-answers.ts';

/** The service on the new instance answers, and is the one that was on the old. */
export function upgradedService({ shell }: Readers, context: StepContext): Promise<Verdict> {
  const { settings, target, facts, new: launched } = scene(context);
  const { certificate, counts } = facts;
  const { instance } = launched;
  return serviceAnswers(shell, {
    settings,
    target,
    instance,
    certificate,
    counts,
    backend: servingOf(context, 'backend'),
  });
}
