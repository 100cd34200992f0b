import type { Node } from '#core/graph.ts';
import { nodeKey, wholeRun } from '#core/graph.ts';
import type { Steps } from '#engine/define-step.ts';
import { GraphBuilder } from './graph-builder.ts';
import { type GraphTarget, heldTogether, leaving, type Options } from './graph-parts.ts';

/**
 * The graph of an upgrade of one to four targets, in the order `fast`: what is done for every role, what may go side by
 * side, and what waits for another target. See procedure.md; `a → b` is `after`.
 */
export function upgradeGraph(steps: Steps, targets: readonly GraphTarget[], options: Options): Node[] {
  const graph = new GraphBuilder(steps);
  for (const target of targets) prepare(graph, target, options);
  const announced = graph.add(wholeRun, 'outage', 'announce-outage', []);
  const back = heldTogether(graph, targets, [announced], (target, first) => outage(graph, target, options, first));
  const over = graph.add(wholeRun, 'outage', 'announce-over', back);
  const settled = targets.flatMap(target => settle(graph, target, [over]));
  graph.chain(wholeRun, 'settle', ['announce-done', 'write-up'], settled);
  return graph.build();
}

function prepare(graph: GraphBuilder, { name, role, ipv6Moves }: GraphTarget, options: Options): void {
  const add = (step: string, after: readonly string[]) => graph.add(name, 'prepare', step, after);
  const ready = add('check-readiness', []);
  if (role !== 'keygen') add('copy-certificates', [ready]);
  const snapshots = add('snapshot-ahead', [ready]);
  add('apply-hot-fixes', [ready]);
  if (ipv6Moves === false) add('lower-dns-ttl', [ready]);
  const launched = add('launch-instance', [ready]);
  const secured = add('secure-instance', [launched]);
  const pinned = add('pin-host-keys', [secured]);
  const warm = options.warmUp ? add('warm-up', [pinned]) : pinned;
  if (role === 'frontend' || role === 'distgit') add('copy-root-state-ahead', [warm]);
  if (role === 'frontend') {
    const installed = add('install-database', [warm]);
    const copied = add('create-trial-volume', [snapshots]);
    const attached = add('attach-trial-volume', [copied, warm]);
    const tried = add('try-database', [attached, installed]);
    add('remove-trial-volume', [tried]);
  }
  if (role === 'backend') {
    const volume = add('create-temporary-storage', [ready]);
    const attached = add('attach-temporary-storage', [volume, pinned]);
    const storage = add('format-temporary-storage', [attached]);
    const address = add('associate-temporary-address', [warm]);
    const listed = add('add-temporary-host', [address]);
    const provisioned = add('provision-ahead', [listed, storage]);
    const revertedBirthday = add('end-temporary-birthday', [listed, storage]);
    const quiet = add('quiet-new', [provisioned, revertedBirthday]);
    add('remove-temporary-host', [quiet]);
    add('allow-new-address', [secured]);
  }
}

/** Adds the outage's steps of a target; returns the keys of the last ones. */
function outage(graph: GraphBuilder, target: GraphTarget, options: Options, first: readonly string[]): string[] {
  switch (target.role) {
    case 'backend':
      return backend(graph, target, options, first);
    case 'frontend':
      return frontend(graph, target, options, first);
    default:
      return distgitOrKeygen(graph, target, options, first);
  }
}

function ending(options: Options): string[] {
  return ['enable-services', 'check-service', ...(options.rebootTest ? ['reboot-test'] : [])];
}

/** Beside move-address the record of an address that doesn't move; the playbook reads the new one, so it comes after both. */
function provision(
  graph: GraphBuilder,
  { name, ipv6Moves }: GraphTarget,
  moved: readonly string[],
  beside: readonly string[],
): string[] {
  const chain = (steps: readonly string[], after: readonly string[]) => graph.chain(name, 'outage', steps, after);
  const named = [...moved, ...(ipv6Moves === false ? chain(['change-dns'], beside) : [])];
  return [...chain(['provision'], named), ...chain(['end-birthday'], named)];
}

function backend(graph: GraphBuilder, target: GraphTarget, options: Options, first: readonly string[]): string[] {
  const { name } = target;
  const chain = (steps: readonly string[], after: readonly string[]) => graph.chain(name, 'outage', steps, after);
  const stopped = chain(['drain-builders', 'stop-services'], first);
  const finished = chain(['finish-work'], stopped);
  const released = chain(['release-temporary-storage'], stopped);
  const serving = chain(
    [...leaving(options), 'attach-data', 'assemble-storage', 'serve-repositories'],
    [...finished, ...released],
  );
  const provisioned = provision(graph, target, chain(['move-address'], serving), serving);
  return chain(['switch-signing', ...ending(options)], provisioned);
}

function frontend(graph: GraphBuilder, target: GraphTarget, options: Options, first: readonly string[]): string[] {
  const { name } = target;
  const chain = (steps: readonly string[], after: readonly string[]) => graph.chain(name, 'outage', steps, after);
  const stopped = chain(['stop-services'], first);
  const moved = chain(['move-address'], stopped);
  const provisioned = provision(graph, target, moved, stopped);
  const left = chain(['back-up-database', 'stop-database', 'copy-root-state', ...leaving(options)], moved);
  return chain(
    ['attach-data', 'mount-data', 'upgrade-database', 'reindex-database', 'migrate-database', ...ending(options)],
    [...provisioned, ...left],
  );
}

function distgitOrKeygen(
  graph: GraphBuilder,
  target: GraphTarget,
  options: Options,
  first: readonly string[],
): string[] {
  const { name, role } = target;
  const chain = (steps: readonly string[], after: readonly string[]) => graph.chain(name, 'outage', steps, after);
  const stopped = chain(['stop-services', ...(role === 'distgit' ? ['finish-work'] : [])], first);
  const moved = chain(['move-address'], stopped);
  const provisioned = provision(graph, target, moved, stopped);
  const copied = role === 'distgit' ? chain(['copy-root-state'], moved) : [];
  const left = chain(leaving(options), moved);
  // What lives on the old root disk is read from the host while it runs.
  if (options.powerOffOld) for (const copy of copied) graph.also(nodeKey(name, 'power-off-old'), copy);
  return chain(
    ['attach-data', 'mount-data', ...(role === 'keygen' ? ['switch-signing'] : []), ...ending(options)],
    [...provisioned, ...copied, ...left],
  );
}

function settle(graph: GraphBuilder, { name, role, ipv6Moves }: GraphTarget, first: readonly string[]): string[] {
  const allowed = role === 'backend' || role === 'keygen' ? ['drop-old-address'] : [];
  return [
    ...graph.chain(name, 'settle', ['rename-instances', ...allowed, 'quiet-old'], first),
    ...(ipv6Moves === false ? graph.chain(name, 'settle', ['restore-dns-ttl'], first) : []),
  ];
}
