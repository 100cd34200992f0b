import type { RunTarget } from '#core/entries.ts';
import { BadInput } from '#core/errors.ts';
import type { Node } from '#core/graph.ts';
import type { JsonObject } from '#core/json.ts';
import type { Run } from '#core/run.ts';
import type { Kinds } from '#engine/define-change.ts';
import type { Steps } from '#engine/define-step.ts';
import type { Proposer } from '#engine/runs.ts';
import type { Estate } from '#estate/schema.ts';
import { retireGraph } from '#jobs/retire.ts';
import type { RunSettings } from '#jobs/settings.ts';
import { settingsOf } from '#jobs/settings-of.ts';
import { upgradeGraph } from '#jobs/upgrade.ts';

/** Draws a run's graph by the procedure, and freezes the estate's settings and the kinds' versions in it. */
export function proposer(parts: {
  readonly estate: () => Estate;
  readonly steps: Steps;
  readonly kinds: Kinds;
  readonly publicKey: string;
}): Proposer {
  return {
    prepare({ what, environment, targets, asker }) {
      const estate = parts.estate();
      const settings = settingsOf(estate, environment, parts.publicKey);
      const chosen = targets.map(name => {
        const target = settings.targets[name];
        if (target === undefined) throw new BadInput(name, `${name} is no target of ${environment}`);
        return { name, role: target.role };
      });
      const nodes = graphOf({ what, targets: chosen }, settings, parts.steps);
      const kinds = Object.fromEntries(Object.values(parts.kinds).map(kind => [kind.kind, kind.version]));
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
    return { name, role, ipv6Moves: settings.targets[name]?.ipv6Moves !== false };
  });
  return what === 'upgrade' ? upgradeGraph(steps, chosen, settings.environment.options) : retireGraph(steps, chosen);
}
