import { Halt } from '#core/errors.ts';
import type { JsonObject } from '#core/json.ts';
import { defineStep, type StepContext, type Verdict } from '#engine/define-step.ts';
import { returnFacts } from '../read/return-facts.ts';
import { scene } from '../scene.ts';
import type { ReturnSettings } from '../settings.ts';
import { knowsLogin } from '../verify/knows-login.ts';
import { mustSign } from '../verify/must-sign.ts';

/** What the upgrade's journal said when the return was proposed. @throws Halt `missing`. */
export function returnSettings(context: StepContext): ReturnSettings {
  const back = scene(context).settings.returns?.[context.target];
  if (back === undefined) throw new Halt('missing', `${context.target}: from which upgrade it goes back isn't known`);
  return back;
}

/**
 * The old instance is there as the upgrade left it: by its id and its tags, protected, with its root disk and nothing else.
 * The one that serves is what that upgrade launched, and has the target's volumes and addresses. Read again before the
 * outage begins.
 */
export const checkReturn = defineStep({
  id: 'check-return',
  title: 'Check that the old instance can serve again',
  danger: 'safe',
  safeguard: true,
  async read(ports, context) {
    const { shell } = ports;
    const { settings, target } = scene(context);
    const back = returnSettings(context);
    const facts = await returnFacts(ports, settings, target, back, context.facts(target.name));
    const { role } = target;
    if (role === 'backend' || role === 'keygen') await mustSign(shell, settings, facts.backend?.instance);
    const login: Verdict = role === 'frontend' ? await knowsLogin(shell, { settings, target }) : { ok: true };
    const remarks = [
      ...back.remarks,
      ...(login.ok ? [] : [`check-service would fail on ${facts.old.instance} too: ${login.why}.`]),
    ];
    return { facts: facts as unknown as JsonObject, remarks };
  },
});
