import { alterationWords } from '#core/asking.ts';
import { gatesOf, gatesOfOutage, stepsBehind } from '#core/gates.ts';
import { gatherLines } from '#core/gather-lines.ts';
import { inOrder, predecessors } from '#core/graph.ts';
import type { Altered, RequestState, Run } from '#core/run.ts';
import { saversOf } from '#core/saves.ts';
import type { Block } from '#ports/message-body.ts';
import { list, section } from '../body/blocks.ts';
import { withIds } from '../body/with-ids.ts';
import { becauseOf, plainLine } from '../harmless.ts';

/** What a request begins with: what won't be done, or not by Ferry, who said so and why. */
export function alteredLines(run: Run, request: RequestState): string[] {
  return alteredBehind(run, request).map(
    ([key, one]) => `${key}: ${one.how} by ${one.person}${becauseOf(one.because)}`,
  );
}

/** Steps that its approval relies on and that left the plan before it was asked. */
function alteredBehind(run: Run, request: RequestState): (readonly [string, Altered])[] {
  const whole = gatesOf(request).some(gate => gatesOfOutage(run).has(gate));
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
export function askedAgainWords(run: Run, request: RequestState): string | undefined {
  if (request.because.length === 0) return undefined;
  const shown =
    gatesOf(request).length === 0 ? [] : alteredBehind(run, request).map(([key, one]) => alterationWords(key, one));
  const others = request.because.filter(line => !shown.includes(line));
  return others.length === 0 ? 'for what is not as planned' : others.map(plainLine).join('; ');
}

/** Of a gate whose changes can't be undone: what is kept before, with every id. */
export function savedBlocks(run: Run, request: RequestState): Block[] {
  return gatesOf(request).flatMap(gate => {
    const targets = [...new Set(stepsBehind(run, gate).map(({ node }) => node.target))];
    return targets.flatMap(target => {
      const kept = saversOf(run, gate, target);
      if (kept.length === 0) return [];
      const lines = kept.flatMap(({ node, plan = [] }) =>
        gatherLines(plan.map(change => change.says)).map(line => withIds(`${node.step}: ${line}`)),
      );
      return [section(`Kept before ${gate.toUpperCase()}, ${target}`, list(lines))];
    });
  });
}
