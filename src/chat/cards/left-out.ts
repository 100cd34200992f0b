import { alterationWords } from '#core/asking.ts';
import { gatesOf, gatesOfOutage, stepsBehind } from '#core/gates.ts';
import { gatherLines } from '#core/gather-lines.ts';
import { inOrder, predecessors } from '#core/graph.ts';
import type { Altered, RequestState, Run } from '#core/run.ts';
import { saversOf } from '#core/saves.ts';
import { becauseOf, plainLine } from '../harmless.ts';

/** What a request begins with: what won't be done, or not by Ferry, who said so and why; of an outage also that it is nothing. */
export function leftOutLines(run: Run, request: RequestState): string[] {
  const altered = alteredBehind(run, request).map(
    ([key, one]) => `  ${key}: ${one.how} by ${one.person}${becauseOf(one.because)}`,
  );
  if (altered.length > 0) return ['NOT as planned:', ...altered];
  return isOfWholeOutage(run, request) ? ['Left out: nothing.'] : [];
}

function isOfWholeOutage(run: Run, request: RequestState): boolean {
  return gatesOf(request).some(gate => gatesOfOutage(run).has(gate));
}

/** Steps that its approval relies on and that left the plan before it was asked. */
function alteredBehind(run: Run, request: RequestState): (readonly [string, Altered])[] {
  const whole = isOfWholeOutage(run, request);
  const relied = new Set(
    gatesOf(request).flatMap(gate =>
      stepsBehind(run, gate).flatMap(({ node }) => [node.key, ...predecessors(run.graph, node.key)]),
    ),
  );
  return inOrder(run.graph).flatMap(key => {
    const { altered: one } = run.steps[key] ?? {};
    if (one === undefined || one.seq > request.seq || !(whole || relied.has(key))) return [];
    return [[key, one] as const];
  });
}

/** Why a request is asked again, without what its first lines say already; undefined: it isn't. */
export function askedAgainLine(run: Run, request: RequestState): string | undefined {
  if (request.because.length === 0) return undefined;
  const shown =
    gatesOf(request).length === 0 ? [] : alteredBehind(run, request).map(([key, one]) => alterationWords(key, one));
  const others = request.because.filter(line => !shown.includes(line));
  if (others.length === 0) return 'Asked again for what is not as planned.';
  return `Asked again: ${others.map(plainLine).join('; ')}.`;
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
