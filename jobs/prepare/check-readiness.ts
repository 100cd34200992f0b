import type { JsonObject } from '#core/json.ts';
import { defineStep, type Verdict } from '#engine/define-step.ts';
import type { TargetFacts } from '../facts.ts';
import { aaaaFacts } from '../read/aaaa-facts.ts';
import { awsFacts, oldInstance, proveAws } from '../read/aws-facts.ts';
import { certificateFacts, checkCertificate, remarksOnCertificate } from '../read/certificate-facts.ts';
import { countFacts, databaseFacts } from '../read/database-facts.ts';
import { fedoraOf, fileSystemFacts, hotFixes, mustRead, unitFacts } from '../read/host-facts.ts';
import { hotFixTexts } from '../read/hot-fix-texts.ts';
import { inventoryFacts } from '../read/inventory-facts.ts';
import { builderCount, storageFacts } from '../read/storage-facts.ts';
import { scene } from '../scene.ts';
import type { RoleName } from '../settings.ts';
import { knowsLogin } from '../verify/knows-login.ts';
import { mustSign } from '../verify/must-sign.ts';

/**
 * Proves what can be proved without touching anything, and reads the facts that every plan is drawn from. Read again
 * before the outage begins. What was found nowhere stops it: an address that a list must name, a certificate for each page,
 * a signature; so does what a run would not revert: birthday or services_disabled on a line of the host.
 */
export const checkReadiness = defineStep({
  id: 'check-readiness',
  title: 'Check that everything is ready',
  danger: 'safe',
  safeguard: true,
  async read(ports, context) {
    const { compute, shell, inventory } = ports;
    const { settings, target } = scene(context);
    const old = await oldInstance(compute, settings, target);
    const host = { instance: old.id };
    const fedora = await fedoraOf(shell, host);
    const aws = await awsFacts(compute, settings, target, old, fedora, context.run.release);
    const unlaunched = context.run.targets.filter(name => context.outputs(name, 'launch-instance') === undefined);
    await proveAws(compute, settings, target, aws, old, unlaunched.includes(target.name) ? unlaunched.length : 0);
    const peer = async (role: RoleName) => {
      const name = settings.byRole[role];
      const peerTarget = name === undefined ? undefined : settings.targets[name];
      if (peerTarget === undefined) return null;
      const instance = peerTarget.name === target.name ? old : await oldInstance(compute, settings, peerTarget);
      return { instance: instance.id, privateIp: instance.privateIp };
    };
    await mustRead(shell, { host: settings.batcave.host }, [
      'git',
      '-C',
      settings.batcave.checkout,
      'rev-parse',
      'HEAD',
    ]);
    const { role } = target;
    const changed = await hotFixes(shell, host);
    const texts = await hotFixTexts(shell, host, changed);
    const facts: TargetFacts = {
      ...aws,
      aaaa: await aaaaFacts(ports, settings, target, context.facts(target.name)),
      fileSystems: await fileSystemFacts(shell, host, target),
      storage: role === 'backend' ? await storageFacts(shell, host) : null,
      ...(await unitFacts(shell, host, target)),
      hotFixes: changed,
      hotFixTexts: texts,
      database: role === 'frontend' ? await databaseFacts(shell, host) : null,
      certificate: await certificateFacts(shell, host, target),
      counts: role === 'frontend' ? await countFacts(shell, host) : null,
      builders: role === 'backend' ? await builderCount(shell, host) : null,
      inventory: await inventoryFacts(inventory, settings, target, old.privateIp),
      backend: await peer('backend'),
      keygen: await peer('keygen'),
    };
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
