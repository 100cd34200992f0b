import type { Run } from '#core/run.ts';
import type { RunsService } from '#engine/runs.ts';
import type { Estate } from '#estate/schema.ts';
import type { TargetFacts } from '#jobs/facts.ts';
import type { RunSettings } from '#jobs/settings.ts';
import type { ComputeReader } from '#ports/compute.ts';
import type { HostKeyring, HostKeys } from '#ports/shell.ts';

/**
 * Pinned host keys of instances: what a run pinned for that very instance id, otherwise what the estate holds for it by its
 * id, those by which a return reached it, what the estate holds for the target whose name it carries, or held when an
 * upgrade read it as its old one: it is renamed at the end, and still quieted and gone back to. An id never gets the keys of
 * another.
 */
export function hostKeyring(parts: {
  readonly estate: () => Estate;
  readonly compute: ComputeReader;
  readonly runs: () => Pick<RunsService, 'list'>;
}): HostKeyring {
  // What a run pinned never changes. What the estate holds counts as long as the estate is the one that was read.
  const pinned = new Map<string, HostKeys>();
  let held = new Map<string, HostKeys>();
  let of = parts.estate();
  return {
    async keysOf(instance) {
      if (parts.estate() !== of) {
        of = parts.estate();
        held = new Map();
      }
      const cached = pinned.get(instance) ?? held.get(instance);
      if (cached !== undefined) return cached;
      const runs = await parts.runs().list();
      const own = pinnedByRun(runs, instance);
      if (own !== undefined) {
        pinned.set(instance, own);
        return own;
      }
      const into = held;
      const keys =
        byId(parts.estate(), instance) ??
        byReturn(runs, instance) ??
        (await byName(parts, instance)) ??
        heldForOld(runs, instance);
      if (keys !== undefined) into.set(instance, keys);
      return keys;
    },
  };
}

function pinnedByRun(runs: readonly Run[], instance: string): HostKeys | undefined {
  for (const run of runs) {
    for (const { name } of run.targets) {
      const outputs = run.steps[`${name}/pin-host-keys`]?.outputs;
      if (outputs?.instance === instance && Array.isArray(outputs.keys)) return outputs.keys as string[];
    }
  }
  return undefined;
}

/** The estate's keys as an upgrade froze them for the target whose old instance it is. */
function heldForOld(runs: readonly Run[], instance: string): HostKeys | undefined {
  for (const run of runs) {
    if (run.what !== 'upgrade') continue;
    const { targets = {} } = run.settings as unknown as Partial<RunSettings>;
    for (const { name } of run.targets) {
      const facts = run.facts[name]?.facts as TargetFacts | undefined;
      const keys = targets[name]?.hostKeys ?? [];
      if (facts?.old?.instance === instance && keys.length > 0) return keys;
    }
  }
  return undefined;
}

/** Keys of an instance that the journals know: pinned by a run that launched it, or held for the old one of an upgrade. */
export function journaledKeys(runs: readonly Run[], instance: string): HostKeys | undefined {
  return pinnedByRun(runs, instance) ?? byReturn(runs, instance) ?? heldForOld(runs, instance);
}

/** By these a return reached the old instance, which has the target's name again, whatever the estate says of another one. */
function byReturn(runs: readonly Run[], instance: string): HostKeys | undefined {
  for (const run of runs) {
    const { returns = {} } = run.settings as unknown as Partial<RunSettings>;
    const kept = Object.values(returns).find(one => one.kept.instance === instance)?.kept;
    if (kept !== undefined && kept.hostKeys.length > 0) return kept.hostKeys;
  }
  return undefined;
}

function byId(estate: Estate, id: string): HostKeys | undefined {
  return Object.values(estate.targets).find(target => target.instance === id)?.hostKeys;
}

async function byName(
  { estate, compute }: Parameters<typeof hostKeyring>[0],
  id: string,
): Promise<HostKeys | undefined> {
  const name = (await compute.instance(id))?.tags.Name;
  const found = Object.values(estate().targets).find(
    target => target.instance === undefined && target.instanceName === name,
  );
  return found === undefined || found.hostKeys.length === 0 ? undefined : found.hostKeys;
}
