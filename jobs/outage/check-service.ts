import { defineStep, type StepContext, type Verdict } from '#engine/define-step.ts';
import { scene } from '../scene.ts';
import { servingOf } from '../serving.ts';
import type { RunSettings } from '../settings.ts';
import { signingTest } from '../signing-test.ts';
import { noTestBuild, testBuild } from '../test-build.ts';
import { loginCheck } from '../verify/knows-login.ts';
import { signs } from '../verify/signs.ts';
import { upgradedService } from '../verify/upgraded-service.ts';

/**
 * By origin name, uncached, over IPv4 and IPv6, and by what the role must do. A backend whose builders are up has a small
 * package built, where the estate names one. With a keygen alone the live backend has a file signed; with the backend in
 * the run its switch-signing does that.
 */
export const checkService = defineStep({
  id: 'check-service',
  title: 'Check the service',
  danger: 'safe',
  safeguard: true,
  limit: 'network',
  plan: context => {
    const { target, settings } = scene(context);
    if (target.role === 'backend') return testBuild(target, settings);
    const backend = liveSigner(context);
    return backend === undefined ? [] : signingTest(scene(context), backend);
  },
  ready: async (ports, context) => {
    const { target, settings } = scene(context);
    if (target.role === 'backend')
      return testBuild(target, settings).length === 0 ? { ok: true } : upgradedService(ports, context);
    const backend = liveSigner(context);
    return backend === undefined ? { ok: true } : signs(ports.shell, backend, scene(context));
  },
  verify: async (ports, context) => withBuild(await upgradedService(ports, context), context),
  checks: context => {
    const settings = context.settings as unknown as Partial<RunSettings>;
    const target = settings.targets?.[context.target];
    if (target?.role === 'frontend') return [loginCheck(target)];
    return target?.role === 'backend' ? noTestBuild(target) : [];
  },
});

/** The backend that a keygen signs for which no other step of the run asks: it isn't in it, or went back. */
function liveSigner(context: StepContext): string | undefined {
  const { target, settings } = scene(context);
  const name = settings.byRole.backend ?? '';
  const goesOn = context.run.targets.includes(name) && !context.run.turned.includes(name);
  return target.role === 'keygen' && !goesOn ? servingOf(context, 'backend') : undefined;
}

/** That a build was made is told, too: it was waited for. */
function withBuild(verdict: Verdict, context: StepContext): Verdict {
  const built = context.attempts(context.target, 'check-service').some(one => one.kind === 'build-package');
  if (!verdict.ok || !built) return verdict;
  return { ...verdict, note: verdict.note === undefined ? 'test build passed' : `${verdict.note}, test build passed` };
}
