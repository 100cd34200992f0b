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
  byPeople: true,
  async verify(_ports, context) {
    const { facts } = scene(context);
    const { target } = context;
    if (facts.hotFixes.length === 0 || context.byHand(target, 'apply-hot-fixes') !== undefined) return { ok: true };
    const what =
      facts.hotFixes.length === 1 ? 'a file of a package was' : `${facts.hotFixes.length} files of packages were`;
    throw new Halt(
      'hot-fixes',
      `on the old instance ${what} changed by hand, and the new one will not have that: ${facts.hotFixes.join(', ')}. Put it there and say !done, or say !skip where it isn't needed any more`,
      { evidence: facts.hotFixes, sure: true },
    );
  },
});
