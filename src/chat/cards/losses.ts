import type { Node } from '#core/graph.ts';
import type { Run } from '#core/run.ts';
import { contextOf } from '#engine/context.ts';
import { definitionOf } from '#engine/plan-step.ts';
import { both, type Drawing } from '../cards.ts';
import { sayDuration, sayTime } from '../say-time.ts';

/** What steps lose for good: "loses all that was written … made at 14:03 UTC, the last 23 min", or "loses nothing". */
export function lossWords(run: Run, nodes: readonly Node[], drawing: Drawing, now: number): string {
  const lost = lossesOf(run, nodes, drawing, now);
  return lost.length === 0 ? 'loses nothing' : `loses ${both(lost)}, and a second person agrees first`;
}

/** The same, a sentence each; none where nothing is lost. */
export function lossLines(run: Run, nodes: readonly Node[], drawing: Drawing, now: number): string[] {
  return lossesOf(run, nodes, drawing, now).map(lost => `It loses ${lost}.`);
}

function lossesOf(run: Run, nodes: readonly Node[], { procedure }: Drawing, now: number): string[] {
  return nodes.flatMap(node => {
    const { loses } = definitionOf(procedure, node);
    if (loses === undefined) return [];
    const { what, since } = loses(contextOf(run, node.target));
    return [`${what}, made at ${sayTime(since, now)} (the last ${sayDuration(now - since)})`];
  });
}
