import { nodeKey } from '#core/graph.ts';
import type { GraphBuilder } from './graph-builder.ts';
import type { EnvironmentSettings, RoleName } from './settings.ts';

/** A target as the graph needs it. */
export interface GraphTarget {
  readonly name: string;
  readonly role: RoleName;
  /** false: its AAAA record changes instead. */
  readonly ipv6Moves?: boolean;
  /** Of a return: its data comes back from snapshots. */
  readonly restored?: boolean;
}

export type Options = EnvironmentSettings['options'];

/** How a target's data leaves the instance that served it. */
export function leaving(options: Options): string[] {
  return ['unmount-data', ...(options.powerOffOld ? ['power-off-old'] : []), 'snapshot-data', 'detach-data'];
}

/**
 * The outages of some targets, and what they wait for of each other. Builds are held once on the live backend, by the first
 * target that needs it, until the last one is back.
 *
 * @param outage adds a target's own steps after some, and returns the last ones. Returns the keys after which all are back.
 */
export function heldTogether(
  graph: GraphBuilder,
  targets: readonly GraphTarget[],
  announced: readonly string[],
  outage: (target: GraphTarget, first: readonly string[]) => readonly string[],
): readonly string[] {
  const withBackend = targets.some(target => target.role === 'backend');
  const holder = withBackend ? undefined : targets.find(needsHold)?.name;
  const held = holder === undefined ? [] : graph.chain(holder, 'outage', ['hold-builds'], announced);
  const ends = targets.flatMap(target => outage(target, needsHold(target) && held.length > 0 ? held : announced));
  together(graph, targets);
  return holder === undefined ? ends : graph.chain(holder, 'outage', ['release-builds'], ends);
}

/** Distgit and keygen go away under a backend that builds. */
function needsHold({ role }: GraphTarget): boolean {
  return role === 'distgit' || role === 'keygen';
}

/** What one target's outage waits for of another's: the backend signs only when keygen answers, and builds when all do. */
function together(graph: GraphBuilder, targets: readonly GraphTarget[]): void {
  const backendTarget = targets.find(target => target.role === 'backend');
  const keygen = targets.find(target => target.role === 'keygen');
  if (backendTarget !== undefined && keygen !== undefined) {
    // switch-signing proves that it does; enable-services comes after it.
    graph.also(nodeKey(backendTarget.name, 'switch-signing'), nodeKey(keygen.name, 'check-service'));
  }
  // A build goes through all of them: it is tried when the others are back.
  const others = targets.filter(({ role }) => role === 'frontend' || role === 'distgit');
  for (const { name } of backendTarget === undefined ? [] : others)
    graph.also(nodeKey(backendTarget?.name ?? '', 'check-service'), nodeKey(name, 'check-service'));
}
