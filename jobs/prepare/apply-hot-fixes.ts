import { Halt } from '#core/errors.ts';
import { defineStep } from '#engine/define-step.ts';
import { scene } from '../scene.ts';

/**
 * Changes on the old host that are in no package: a person puts each on the new one, or waives it, before the outage
 * begins. Nothing to do where there are none.
 */
export const applyHotFixes = defineStep({
  id: 'apply-hot-fixes',
  title: 'Settle the hot-fixes of the old instance',
  danger: 'safe',
  async verify(_ports, context) {
    const { facts } = scene(context);
    const { target } = context;
    if (facts.hotFixes.length === 0 || context.byHand(target, 'apply-hot-fixes') !== undefined) return { ok: true };
    const what = facts.hotFixes.length === 1 ? '1 file' : `${facts.hotFixes.length} files`;
    throw new Halt(
      'hot-fixes',
      `${what} of packages differ on the old instance and will not be on the new one: say !done ${target} apply-hot-fixes because … once that is seen to, or !skip ${target} apply-hot-fixes because …`,
      { evidence: facts.hotFixes },
    );
  },
});
