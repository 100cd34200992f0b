import { gatesOf, gatesOfOutage, stepsBehind } from '#core/gates.ts';
import { gatherLines } from '#core/gather-lines.ts';
import { inOrder, predecessors } from '#core/graph.ts';
import type { RequestState, Run } from '#core/run.ts';
import { saversOf } from '#core/saves.ts';
import { becauseOf } from '../harmless.ts';

/** What a request begins with: what won't be done, or not by Ferry, who said so and why; of an outage also that it is nothing. */
export function leftOutLines(run: Run, request: RequestState): string[] {
  const gates = gatesOf(request);
  const whole = gates.some(gate => gatesOfOutage(run).has(gate));
  const relied = new Set(
    gates.flatMap(gate =>
      stepsBehind(run, gate).flatMap(({ node }) => [node.key, ...predecessors(run.graph, node.key)]),
    ),
  );
  const altered = inOrder(run.graph).flatMap(key => {
    const { altered: one } = run.steps[key] ?? {};
    if (one === undefined || one.seq > request.seq || !(whole || relied.has(key))) return [];
    return [`  ${key}: ${one.how} by ${one.person}${becauseOf(one.because)}`];
  });
  if (altered.length > 0) return ['NOT as planned:', ...altered];
  return whole ? ['Left out: nothing.'] : [];
}

/** Of a gate whose changes can't be undone: what is kept before, with every id. */
export function savedLines(run: Run, request: RequestState): string[] {
  return gatesOf(request).flatMap(gate => {
    const targets = [...new Set(stepsBehind(run, gate).map(({ node }) => node.target))];
    return targets.flatMap(target => {
      const kept = saversOf(run, gate, target);
      if (kept.length === 0) return [];
      const lines = kept.flatMap(({ node, plan = [] }) =>
        gatherLines(plan.map(change => change.says)).map(line => `  ${node.step}: ${line}`),
      );
      return [`Kept before ${gate.toUpperCase()}, ${target}:`, ...lines];
    });
  });
}
