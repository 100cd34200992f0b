import type { Change } from '#core/change.ts';
import type { What } from '#core/entries.ts';
import type { Node } from '#core/graph.ts';
import { defineChange, kindsOf } from '#engine/define-change.ts';
import { defineStep, stepsOf } from '#engine/define-step.ts';
import type { Procedure } from '#engine/plan-step.ts';
import type { GraphTarget } from '#jobs/graph-parts.ts';
import { steps as realSteps, wayBackSteps } from '#jobs/index.ts';
import { retireGraph } from '#jobs/retire.ts';
import { returnGraph } from '#jobs/return.ts';
import type { RoleName } from '#jobs/settings.ts';
import { upgradeGraph } from '#jobs/upgrade.ts';

const roleTargets: Readonly<Record<RoleName, GraphTarget>> = {
  frontend: { name: 'fe', role: 'frontend' },
  backend: { name: 'be', role: 'backend' },
  distgit: { name: 'dg', role: 'distgit', ipv6Moves: false },
  keygen: { name: 'kg', role: 'keygen' },
};

/** Which of the real graphs, and how many changes a step that plans any makes. */
export interface OrderSketch {
  readonly what: What;
  readonly roles: readonly RoleName[];
  readonly powerOffOld: boolean;
  readonly rebootTest: boolean;
  /** Changes of each step that plans some: 1 or 2, by its place. */
  readonly changes: readonly number[];
}

export function targetsOfSketch({ roles }: OrderSketch): GraphTarget[] {
  return roles.map(role => roleTargets[role]);
}

/** The nodes that the real procedure would freeze in the journal. */
export function realNodes(sketch: OrderSketch): Node[] {
  const targets = targetsOfSketch(sketch);
  const options = {
    warmUp: true,
    powerOffOld: sketch.powerOffOld,
    rebootTest: sketch.rebootTest,
    databaseBackup: 'inside',
    databaseUpgrade: 'link',
    quietOld: 'stop',
  } as const;
  const graphs: Record<OrderSketch['what'], () => Node[]> = {
    upgrade: () => upgradeGraph(realSteps, targets, options),
    retirement: () => retireGraph(realSteps, targets),
    return: () => returnGraph(realSteps, targets, options),
  };
  return graphs[sketch.what]();
}

/**
 * The real steps with their names, gates and needs; what they would change is pretended, a `put` each, whose opposite is
 * `take`. So the order of real graphs can be tried without a world.
 */
export function orderProcedure(sketch: OrderSketch): Procedure {
  const put = defineChange<{ what: string }>({
    kind: 'put',
    version: 1,
    say: ({ what }) => `put ${what}`,
    look: async () => ({ is: 'before' }),
    make: async () => ({}),
    inverse: ({ what }) => ({ change: { kind: 'take', version: 1, args: { what } } }),
    repeat: 'converges',
    limit: 'short',
    byHand: ({ what }) => `host# put ${what}`,
  });
  const take = defineChange<{ what: string }>({
    kind: 'take',
    version: 1,
    say: ({ what }) => `take ${what}`,
    look: async () => ({ is: 'before' }),
    make: async () => ({}),
    inverse: ({ what }) => ({ change: { kind: 'put', version: 1, args: { what } } }),
    repeat: 'converges',
    limit: 'short',
    byHand: ({ what }) => `host# take ${what}`,
  });
  const ids = Object.keys(realSteps);
  const pretended = Object.values(realSteps).map(real => {
    const { plan, read, undo, undoEnds, undone, tell, ready, verify, readByHand, reroutes, checks, ...same } = real;
    const count = sketch.changes[ids.indexOf(real.id) % Math.max(1, sketch.changes.length)] ?? 1;
    return defineStep({
      ...same,
      ...(read === undefined ? {} : { read: async () => ({ facts: {}, remarks: [] }) }),
      ...(plan === undefined
        ? {}
        : {
            plan: ({ target }): Change[] =>
              Array.from({ length: count }, (_, index) => put({ what: `${target}/${real.id}/${index}` })),
          }),
    });
  });
  return { steps: stepsOf(pretended), kinds: kindsOf([put, take]), wayBack: wayBackSteps };
}
