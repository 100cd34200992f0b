import type { Node } from '#core/graph.ts';
import { wholeRun } from '#core/graph.ts';
import type { Steps } from '#engine/define-step.ts';
import { GraphBuilder } from './graph-builder.ts';
import type { GraphTarget } from './graph-parts.ts';

/** The graph of a retirement: the old instances of targets that were upgraded go, each after its own check. */
export function retireGraph(steps: Steps, targets: readonly GraphTarget[]): Node[] {
  const graph = new GraphBuilder(steps);
  const ends = targets.flatMap(({ name, role }) => {
    const checked = graph.add(name, 'prepare', 'check-retirement', []);
    const kept = role === 'frontend' ? [graph.add(name, 'prepare', 'keep-dumps', [checked])] : [];
    const gone = graph.add(name, 'retire', 'terminate-old', [checked, ...kept]);
    const snapshots = graph.add(name, 'retire', 'delete-snapshots', [gone]);
    return role === 'backend' ? [snapshots, graph.add(name, 'retire', 'release-temporary', [gone])] : [snapshots];
  });
  graph.add(wholeRun, 'retire', 'write-up', ends);
  return graph.build();
}
