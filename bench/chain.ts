import { type Gate, type Node, nodeKey, wholeRun } from '#core/graph.ts';
import { defineChange, kindsOf } from '#engine/define-change.ts';
import { defineStep, type StepDefinition, stepsOf } from '#engine/define-step.ts';
import type { Procedure } from '#engine/plan-step.ts';

/** A step of a chain: in which phase, and behind which gate. */
export interface Link {
  readonly id: string;
  readonly phase: Node['phase'];
  readonly gate?: Gate;
  /** It makes one change, which does nothing. */
  readonly changes?: boolean;
  /** It is a step of the run rather than of its target. */
  readonly whole?: boolean;
}

/**
 * A procedure of steps one after the other whose changes do nothing, for what Ferry itself costs.
 *
 * @param made called as each change is sent.
 */
export function chain(
  links: readonly Link[],
  made: (step: string) => void,
): { readonly procedure: Procedure; nodes(target: string): Node[] } {
  const done = new Set<string>();
  const nothing = defineChange<{ readonly name: string }>({
    kind: 'nothing',
    version: 1,
    repeat: 'converges',
    limit: 'short',
    say: ({ name }) => `nothing, for ${name}`,
    look: async (_ports, { name }) => (done.has(name) ? { is: 'after', output: {} } : { is: 'before' }),
    async make(_ports, { name }) {
      made(name);
      done.add(name);
      return undefined;
    },
    inverse: () => ({ rule: 'nothing to undo' }),
    byHand: () => ': nothing',
  });
  const steps = links.map(({ id, gate, changes }): StepDefinition => {
    return defineStep({
      id,
      title: id,
      danger: gate === undefined ? 'safe' : 'disruptive',
      ...(gate === undefined ? {} : { gate }),
      ...(changes === true ? { plan: ({ run }) => [nothing({ name: `${run.uid}/${id}` })] } : {}),
      ...(id === 'check-readiness' ? { read: async () => ({ facts: { known: true }, remarks: [] }) } : {}),
    });
  });
  return {
    procedure: { steps: stepsOf(steps), kinds: kindsOf([nothing]) },
    nodes(target) {
      const keys = links.map(link => nodeKey(link.whole === true ? wholeRun : target, link.id));
      return links.map(({ id, phase, gate, whole }, at) => ({
        key: keys[at] ?? '',
        target: whole === true ? wholeRun : target,
        step: id,
        title: id,
        phase,
        danger: gate === undefined ? 'safe' : 'disruptive',
        gate,
        after: at === 0 ? [] : [keys[at - 1] ?? ''],
      }));
    },
  };
}
