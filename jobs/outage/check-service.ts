import { defineStep, type StepContext } from '#engine/define-step.ts';
import { scene } from '../scene.ts';
import type { RunSettings } from '../settings.ts';
import { signingTest } from '../signing-test.ts';
import { loginCheck } from '../verify/knows-login.ts';
import { signs } from '../verify/signs.ts';
import { upgradedService } from '../verify/upgraded-service.ts';

/**
 * By origin name, uncached, over IPv4 and IPv6, and by what the role must do. With a keygen alone the live backend has a
 * file signed; with the backend in the run its switch-signing does that.
 */
export const checkService = defineStep({
  id: 'check-service',
  title: 'Check the service',
  danger: 'safe',
  limit: 'network',
  plan: context => {
    const backend = liveSigner(context);
    return backend === undefined ? [] : signingTest(scene(context), backend);
  },
  ready: async ({ shell }, context) => {
    const backend = liveSigner(context);
    return backend === undefined ? { ok: true } : signs(shell, backend, scene(context));
  },
  verify: upgradedService,
  checks: context => {
    const settings = context.settings as unknown as Partial<RunSettings>;
    const target = settings.targets?.[context.target];
    return target?.role === 'frontend' ? [loginCheck(target)] : [];
  },
});

/** The backend that a keygen alone in its run signs for. */
function liveSigner(context: StepContext): string | undefined {
  const { target, facts, settings } = scene(context);
  const inRun = context.run.targets.includes(settings.byRole.backend ?? '');
  return target.role === 'keygen' && !inRun ? facts.backend?.instance : undefined;
}
