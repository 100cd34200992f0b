import { setUdevRulesMasked } from '#changes/set-udev-rules-masked.ts';
import { mountsOf } from '#changes/shared/host-reads.ts';
import { defineStep } from '#engine/define-step.ts';
import { arrayRules } from '../array-rules.ts';
import { certificateFacts, checkCertificate, remarksOnCertificate } from '../read/certificate-facts.ts';
import { lateUnit, onInstance } from '../role-units.ts';
import { scene } from '../scene.ts';
import { noneActive } from '../verify/none-active.ts';
import { returnSettings } from './check-return.ts';

/**
 * The old host is made ready for its data: what was masked to quiet it may be started again, and on the backend no array starts
 * by itself with half of its members. Nothing of the role runs on it, nothing is mounted where the data will be, and its own
 * certificate is good: it was renewed elsewhere since.
 */
export const readyOld = defineStep({
  id: 'ready-old',
  title: 'Make the old instance ready for its data',
  danger: 'safe',
  limit: 'short',
  plan: context => {
    const { facts, new: kept } = scene(context);
    const host = onInstance(kept.instance);
    return [
      ...(returnSettings(context).undo['quiet-old'] ?? []),
      ...(facts.storage === null ? [] : [setUdevRulesMasked({ host, rules: arrayRules, masked: true })]),
    ];
  },
  async verify({ shell }, context) {
    const { target, new: kept } = scene(context);
    const host = onInstance(kept.instance);
    const late = lateUnit(target.role);
    const quiet = await noneActive(shell, host, [...target.services, ...(late === undefined ? [] : [late])]);
    if (!quiet.ok) return { ...quiet, why: `${kept.instance}: ${quiet.why}` };
    const mounted = await mountsOf(shell, host);
    const taken = target.mounts.filter(({ path }) => mounted.some(one => one.target === path));
    if (taken.length > 0)
      return { ok: false, why: `${taken.map(one => one.path).join(', ')} is mounted on ${kept.instance} already` };
    const certificate = await certificateFacts(shell, host, target);
    checkCertificate(certificate, target);
    const [note] = remarksOnCertificate(certificate, context.run.proposedAt);
    return { ok: true, ...(note === undefined ? {} : { note }) };
  },
});
