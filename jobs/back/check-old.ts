import type { Change } from '#core/change.ts';
import { defineStep, type StepContext, type Verdict } from '#engine/define-step.ts';
import type { ShellReader } from '#ports/shell.ts';
import { lateUnit } from '../role-units.ts';
import { scene } from '../scene.ts';
import { servingOf } from '../serving.ts';
import type { RoleName } from '../settings.ts';
import { signingTest } from '../signing-test.ts';
import { testBuild } from '../test-build.ts';
import { serviceAnswers } from '../verify/service-answers.ts';
import { signs } from '../verify/signs.ts';

/**
 * The end of a way back: the old instance is what check-service asks for, by the same checks, and its own units run. Only then
 * users are told that they are back. Signing and a test build are tried where what they go through serves.
 */
export const checkOld = defineStep({
  id: 'check-old',
  title: 'Check the service on the old instance',
  danger: 'safe',
  safeguard: true,
  limit: 'network',
  plan: context => {
    const { target, settings } = scene(context);
    if (target.role === 'keygen') return signed(context, servingOf(context, 'backend'));
    if (target.role !== 'backend') return [];
    const builds = serves(context, 'frontend') && serves(context, 'distgit') && serves(context, 'keygen');
    return [...signed(context, scene(context).old.instance), ...(builds ? testBuild(target, settings) : [])];
  },
  ready: ({ shell }, context) =>
    checkOld.plan?.(context).length === 0 ? Promise.resolve({ ok: true }) : answers(shell, context),
  verify: (ports, context) => answers(ports.shell, context),
});

function signed(context: StepContext, backend: string | undefined): Change[] {
  return backend === undefined || !serves(context, 'keygen') ? [] : signingTest(scene(context), backend);
}

/** The environment's target of a role is not away in this run: it isn't in it, is checked, or is on its way back too. */
function serves(context: StepContext, role: RoleName): boolean {
  const name = scene(context).settings.byRole[role];
  if (name === undefined || name === context.target || !context.run.targets.includes(name)) return true;
  return context.run.turned.includes(name) || context.outputs(name, 'check-service') !== undefined;
}

async function answers(shell: ShellReader, context: StepContext): Promise<Verdict> {
  const { settings, target, facts, old } = scene(context);
  const late = lateUnit(target.role);
  const down: string[] = [];
  for (const unit of [...facts.units, ...(late === undefined ? [] : [late])]) {
    const { stdout } = await shell.read(old, ['systemctl', 'is-active', unit]);
    if (stdout.trim() !== 'active') down.push(`${unit} is ${stdout.trim() || 'unknown'}`);
  }
  if (down.length > 0) return { ok: false, wait: true, why: `on ${old.instance}: ${down.join(', ')}` };
  const { certificate, counts } = facts;
  const { instance } = old;
  const backend = serves(context, 'keygen') ? servingOf(context, 'backend') : undefined;
  const verdict = await serviceAnswers(shell, { settings, target, instance, certificate, counts, backend });
  if (!verdict.ok || target.role !== 'backend' || !serves(context, 'keygen')) return verdict;
  const meets = await signs(shell, instance, scene(context));
  return meets.ok ? verdict : meets;
}
