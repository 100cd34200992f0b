import { Halt, Refused } from '#core/errors.ts';
import type { JsonObject } from '#core/json.ts';
import { defineStep } from '#engine/define-step.ts';
import type { ComputeReader } from '#ports/compute.ts';
import { oldInstance } from '../read/aws-facts.ts';
import { type RetirementFacts, retirementFacts } from '../read/retirement-facts.ts';
import { type Scene, scene } from '../scene.ts';
import { serviceAnswers } from '../verify/service-answers.ts';

/**
 * The old instance holds no data volume, no Elastic IP and no IPv6 address of the target; its successor runs and passes
 * check-service; the clean snapshots are completed. Proved before RETIRE is asked for and again before it is used.
 */
export const checkRetirement = defineStep({
  id: 'check-retirement',
  title: 'Check that the old instance can go',
  danger: 'safe',
  safeguard: true,
  async read(ports, context) {
    const { compute, shell } = ports;
    const { settings, target } = scene(context);
    const { facts, problems } = await retirementFacts(ports, settings, target);
    if (problems.length > 0) throw new Halt('not-retirable', problems.join('; '), { evidence: problems });
    const { instance } = facts.successor;
    const backend = await liveBackend(compute, { settings, target });
    // What the service was before the upgrade isn't known any more: it isn't compared.
    const verdict = await serviceAnswers(shell, {
      settings,
      target,
      instance,
      backend,
      certificate: null,
      counts: null,
    });
    if (verdict.ok) return { facts: facts as unknown as JsonObject, remarks: remarksOn(facts) };
    const why = `${instance}, its successor, doesn't pass check-service: ${verdict.why}`;
    if (verdict.wait === true) throw new Refused('not-retirable', why, { retry: true });
    throw new Halt('not-retirable', why);
  },
});

/** Data may be in it that is nowhere else, and Ferry's AWS key must reach no data volume: people delete it. */
function remarksOn({ keptVolumes = [] }: RetirementFacts): string[] {
  return keptVolumes.map(
    volume =>
      `${volume}, the data as upgraded, is kept since a way back. Ferry deletes no data volume; when nobody needs it: aws ec2 delete-volume --volume-id ${volume}`,
  );
}

/** The backend in use, for which a keygen signs. */
async function liveBackend(
  compute: ComputeReader,
  { settings, target }: Pick<Scene, 'settings' | 'target'>,
): Promise<string | undefined> {
  const backend = settings.targets[settings.byRole.backend ?? ''];
  if (target.role !== 'keygen' || backend === undefined) return undefined;
  return (await oldInstance(compute, settings, backend)).id;
}
