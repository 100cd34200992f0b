import type { JsonObject } from '#core/json.ts';
import { defineStep, type Verdict } from '#engine/define-step.ts';
import type { TargetFacts } from '../facts.ts';
import { awsFacts, oldInstance, proveAws } from '../read/aws-facts.ts';
import { checkCertificate, remarksOnCertificate } from '../read/certificate-facts.ts';
import { fedoraOf, hotFixes } from '../read/host-facts.ts';
import { hotFixTexts } from '../read/hot-fix-texts.ts';
import { servedFacts } from '../read/served-facts.ts';
import { scene } from '../scene.ts';
import { knowsLogin } from '../verify/knows-login.ts';
import { mustSign } from '../verify/must-sign.ts';

/**
 * Proves what can be proved without touching anything, and reads the facts that every plan is drawn from. Read again
 * before the outage begins. What was found nowhere stops it: an address that a list must name, a certificate for each page,
 * a signature; so does what a run would not revert: birthday or services_disabled on a line of the host, in a file of
 * its variables, or of a group's that may overrule its own.
 */
export const checkReadiness = defineStep({
  id: 'check-readiness',
  title: 'Check that everything is ready',
  danger: 'safe',
  safeguard: true,
  async read(ports, context) {
    const { compute, shell } = ports;
    const { settings, target } = scene(context);
    const old = await oldInstance(compute, settings, target);
    const host = { instance: old.id };
    const fedora = await fedoraOf(shell, host);
    const aws = await awsFacts(compute, settings, target, old, fedora, context.run.release);
    const unlaunched = context.run.targets.filter(name => context.outputs(name, 'launch-instance') === undefined);
    await proveAws(compute, settings, target, aws, old, unlaunched.includes(target.name) ? unlaunched.length : 0);
    const { role } = target;
    const changed = await hotFixes(shell, host);
    const texts = await hotFixTexts(shell, host, changed);
    const served = await servedFacts(ports, settings, target, old, context.facts(target.name));
    const facts: TargetFacts = { ...aws, ...served, hotFixes: changed, hotFixTexts: texts };
    checkCertificate(facts.certificate, target);
    if (role === 'backend' || role === 'keygen') await mustSign(shell, settings, facts.backend?.instance);
    const login: Verdict = role === 'frontend' ? await knowsLogin(shell, { settings, target }) : { ok: true };
    const remarks = [
      ...texts.map(
        ({ path, text }) => `Hot-fix on the old host, in no package: ${path}${text === null ? '' : ' (in thread)'}.`,
      ),
      ...remarksOnCertificate(facts.certificate, context.run.proposedAt),
      ...(login.ok ? [] : [`check-service would fail on the old instance too: ${login.why}.`]),
    ];
    return { facts: facts as unknown as JsonObject, remarks };
  },
});
