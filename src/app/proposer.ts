import type { RunTarget } from '#core/entries.ts';
import { BadInput } from '#core/errors.ts';
import type { Node } from '#core/graph.ts';
import type { JsonObject } from '#core/json.ts';
import { keptInstances } from '#core/kept-instances.ts';
import type { Run } from '#core/run.ts';
import type { Steps } from '#engine/define-step.ts';
import type { Procedure } from '#engine/plan-step.ts';
import type { ProposalRequest, Proposer, RunsService } from '#engine/runs.ts';
import type { Estate } from '#estate/schema.ts';
import { returnOf } from '#jobs/back/return-of.ts';
import { retireGraph } from '#jobs/retire.ts';
import { returnGraph } from '#jobs/return.ts';
import { returnedSettings } from '#jobs/returned-settings.ts';
import type { ReturnSettings, RunSettings } from '#jobs/settings.ts';
import { settingsOf } from '#jobs/settings-of.ts';
import { upgradeGraph } from '#jobs/upgrade.ts';
import { journaledKeys } from './host-keyring.ts';

interface Parts {
  readonly estate: () => Estate;
  readonly procedure: Procedure;
  readonly publicKey: string;
  /** A return goes back by what the journal of the upgrade says. */
  readonly runs: () => Pick<RunsService, 'list'>;
}

/** Draws a run's graph by the procedure, and freezes the estate's settings and the kinds' versions in it. */
export function proposer(parts: Parts): Proposer {
  return {
    async prepare(request) {
      const { what, environment, targets, asker } = request;
      const estate = parts.estate();
      const said = settingsOf(estate, environment, parts.publicKey);
      const chosen = targets.map(name => {
        const target = said.targets[name];
        if (target === undefined) throw new BadInput(name, `${name} is no target of ${environment}`);
        return { name, role: target.role };
      });
      const settings = what === 'return' ? returnedSettings(said, await returnsOf(parts, request)) : said;
      const nodes = graphOf({ what, targets: chosen }, settings, parts.procedure.steps);
      const kinds = Object.fromEntries(Object.values(parts.procedure.kinds).map(kind => [kind.kind, kind.version]));
      return {
        nodes,
        settings: settings as unknown as JsonObject,
        kinds,
        targets: chosen.map(({ name, role }) => ({ name, role, driver: asker })),
      };
    },
  };
}

/** The graph of a run by what the estate said for it. */
export function graphOf(
  { what, targets }: { readonly what: Run['what']; readonly targets: readonly Pick<RunTarget, 'name' | 'role'>[] },
  settings: RunSettings,
  steps: Steps,
): Node[] {
  const chosen = targets.map(({ name, role }) => {
    const restored = (settings.returns?.[name]?.snapshots ?? []).length > 0;
    return { name, role, ipv6Moves: settings.targets[name]?.ipv6Moves !== false, restored };
  });
  const { options } = settings.environment;
  switch (what) {
    case 'upgrade':
      return upgradeGraph(steps, chosen, options);
    case 'retirement':
      return retireGraph(steps, chosen);
    case 'return':
      return returnGraph(steps, chosen, options);
  }
}

/** Of each target what the journal of its newest upgrade says. @throws BadInput naming the target that can't go back. */
async function returnsOf(
  { runs, procedure }: Parts,
  { environment, targets }: ProposalRequest,
): Promise<Record<string, ReturnSettings>> {
  const all = await runs().list({ environment });
  const kept = keptInstances(all);
  const returns = targets.map(name => {
    const run = kept.get(name);
    if (run === undefined) throw new BadInput(name, `no old instance of ${name} is kept that it could go back to.`);
    const found = returnOf(run, name, procedure, instance => journaledKeys(all, instance));
    if (!found.possible)
      throw new BadInput(name, `${name} can't go back from ${run.id}: ${found.impossible.join('; ')}.`);
    const { instance, hostKeys } = found.settings.kept;
    if (hostKeys.length === 0)
      throw new BadInput(name, `nobody knows the host keys of ${instance}: no run and not the estate.`);
    return [name, found.settings] as const;
  });
  return Object.fromEntries(returns);
}
