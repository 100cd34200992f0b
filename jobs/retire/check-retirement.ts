import { Halt } from '#core/errors.ts';
import type { JsonObject } from '#core/json.ts';
import { defineStep } from '#engine/define-step.ts';
import { retirementFacts } from '../read/retirement-facts.ts';
import { scene } from '../scene.ts';

/**
 * The old instance holds no data volume, no Elastic IP and no IPv6 address of the target; its successor runs; the clean
 * snapshots are completed.
 */
export const checkRetirement = defineStep({
  id: 'check-retirement',
  title: 'Check that the old instance can go',
  danger: 'safe',
  async read({ compute }, context) {
    const { settings, target } = scene(context);
    const { facts, problems } = await retirementFacts(compute, settings, target);
    if (problems.length > 0) throw new Halt('not-retirable', problems.join('; '), { evidence: problems });
    return { facts: facts as unknown as JsonObject, remarks: [] };
  },
});
