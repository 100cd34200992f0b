import type { Run } from '#core/run.ts';
import { wayBack } from '#engine/turn-back.ts';
import type { Drawing } from '../cards.ts';

/**
 * The way back of some targets as it would be now: what can't be undone, and about how long the rest takes, ms. Undefined
 * for a run of another version's procedure; the run itself says so.
 */
export function safeWayBack(
  run: Run,
  targets: readonly string[],
  { procedure, outlook }: Drawing,
): { readonly impossible: readonly string[]; readonly time: number } | undefined {
  try {
    const { impossible, nodes } = wayBack(run, targets, procedure);
    return { impossible, time: nodes.reduce((sum, node) => sum + outlook.backTime(node.step), 0) };
  } catch {
    return undefined;
  }
}
