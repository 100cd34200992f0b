import { restoredVolumes } from '#changes/shared/restored-volume.ts';
import { Halt } from '#core/errors.ts';
import { defineStep, type StepContext, type Verdict } from '#engine/define-step.ts';
import type { ComputeReader } from '#ports/compute.ts';
import { dumpLines } from '../read/dump-lines.ts';
import { scene } from '../scene.ts';
import { carriesFileSystems } from '../verify/carries-file-systems.ts';
import { snapshotsCompleted } from '../verify/snapshots-completed.ts';
import { estateLine, type Restored, restoreVolumes } from './restored-volume.ts';

/**
 * The way back of a database that a new PostgreSQL was started on, or whose schema was migrated: pg_upgrade by link leaves the old
 * cluster unusable then ("Usage", step 17 of its page), and nothing migrates a schema back. The old instance gets a volume made from the clean
 * snapshot in the place of the upgraded one, which is kept. What was written since is lost there, so a second person agrees.
 */
export const restoreDatabase = defineStep({
  id: 'restore-database',
  title: 'Give the old instance the database as it was, from the clean snapshot',
  danger: 'irreversible',
  gate: 'undo',
  limit: 'volume',
  plan: context => restoreVolumes(scene(context), scene(context).old.instance, cleanSnapshots(context)),
  loses: context => ({
    what: `all that was written to the database of ${context.target} since its clean snapshot, ${cleanSnapshots(context)
      .map(one => `${one.snapshot} of ${one.volume.id}`)
      .join(' and ')}`,
    since: Math.min(...cleanSnapshots(context).map(one => one.startedAt)),
  }),
  ready: snapshotsCompleted('snapshot-data'),
  async verify({ compute, shell }, context) {
    const here = scene(context);
    const { facts, target, old } = here;
    const now = await inPlace(compute, context);
    if (!Array.isArray(now)) return now;
    // A host that is shut down shows nothing: whoever mounts looks at label and UUID too.
    const running = (await compute.instance(old.instance))?.state === 'running';
    const there = running
      ? await carriesFileSystems(
          shell,
          old,
          here,
          now.map(one => one.id),
        )
      : { ok: true as const };
    if (!there.ok) return there;
    const lines = now.map(({ id, was, device }) => estateLine(target.name, was, { id, device }));
    const kept = facts.volumes.map(({ id }) => id).join(', ');
    return {
      ok: true,
      note: `${now.map(one => one.id).join(', ')} is the database's volume now; ${kept}, the upgraded one, is kept. Change ${lines.join('; ')}`,
      outputs: { restored: now.map(({ id, was }) => ({ volume: id, instead: was })) },
    };
  },
});

/** The clean snapshot of each data volume that the run made. @throws Halt `no-clean-snapshot` with what to do by hand. */
function cleanSnapshots(context: StepContext): (Restored & { readonly startedAt: number })[] {
  const here = scene(context);
  const made = (context.outputs(here.target.name, 'snapshot-data')?.changes ?? []) as readonly {
    readonly snapshot?: string;
    readonly startedAt?: number;
  }[];
  const found = here.facts.volumes.flatMap((volume, index) => {
    const { snapshot, startedAt } = made[index] ?? {};
    return snapshot === undefined || startedAt === undefined ? [] : [{ volume, snapshot, startedAt }];
  });
  if (found.length > 0 && found.length === here.facts.volumes.length) return found;
  throw new Halt(
    'no-clean-snapshot',
    `${here.target.name}: this run made no clean snapshot of the database's volume, so only the dump is left, by hand: ${dumpLines(here).join('; ')}`,
  );
}

/** The restored volumes, each at the old instance under its original's device; or why they aren't. */
async function inPlace(
  compute: ComputeReader,
  context: StepContext,
): Promise<{ readonly id: string; readonly was: string; readonly device: string }[] | Extract<Verdict, { ok: false }>> {
  const { facts, old } = scene(context);
  const found: { id: string; was: string; device: string }[] = [];
  for (const { id: was, device } of facts.volumes) {
    const [volume, second] = await restoredVolumes(compute, { original: was, run: context.run.uid });
    if (volume === undefined || second !== undefined)
      return { ok: false, wait: true, why: `not exactly one volume is there in place of ${was}` };
    if (!volume.attachments.some(one => one.instance === old.instance && one.state === 'attached'))
      return { ok: false, wait: true, why: `${volume.id} isn't attached to ${old.instance} yet` };
    found.push({ id: volume.id, was, device });
  }
  return found;
}
