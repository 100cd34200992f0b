import { BadInput } from '#core/errors.ts';
import type { JsonObject } from '#core/json.ts';
import type { Kinds } from '#engine/define-change.ts';
import type { Steps } from '#engine/define-step.ts';
import type { Proposer } from '#engine/runs.ts';
import type { Estate } from '#estate/schema.ts';
import { retireGraph } from '#jobs/retire.ts';
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
        return { name, role: target.role, ipv6Moves: target.ipv6Moves !== false };
      });
      const nodes =
        what === 'upgrade'
          ? upgradeGraph(parts.steps, chosen, settings.environment.options)
          : retireGraph(parts.steps, chosen);
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
