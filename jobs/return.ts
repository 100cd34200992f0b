import type { Node } from '#core/graph.ts';
import { wholeRun } from '#core/graph.ts';
import type { StepDefinition, Steps } from '#engine/define-step.ts';
import { checkReturn } from './back/check-return.ts';
import { playConfiguration } from './back/play-configuration.ts';
import { putDatabaseBack } from './back/put-database-back.ts';
import { readyOld } from './back/ready-old.ts';
import { renameBack } from './back/rename-back.ts';
import { restoreData } from './back/restore-data.ts';
import { setAsideNew } from './back/set-aside-new.ts';
import { startOld } from './back/start-old.ts';
import { startServices } from './back/start-services.ts';
import { GraphBuilder } from './graph-builder.ts';
import { type GraphTarget, heldTogether, leaving, type Options } from './graph-parts.ts';

/**
 * The graph of a return: after the settle window of an upgrade, its targets go back to their old instances, which are kept. The
 * same steps as on the way there move data, addresses and lists, with old and new changed over; only what a host that stood
 * aside needs is its own. See procedure, "The way back".
 */
export function returnGraph(steps: Steps, targets: readonly GraphTarget[], options: Options): Node[] {
  const graph = new GraphBuilder(steps, changedOver);
  for (const target of targets) prepare(graph, target);
  const announced = graph.add(wholeRun, 'outage', 'announce-outage', []);
  const back = heldTogether(graph, targets, [announced], (target, first) => outage(graph, target, options, first));
  const over = graph.add(wholeRun, 'outage', 'announce-over', back);
  const settled = targets.flatMap(target => settle(graph, target, [over]));
  graph.chain(wholeRun, 'settle', ['announce-done', 'write-up'], settled);
  return graph.build();
}

/** Steps of a return alone, whose titles name the instances as people do. */
const own: ReadonlySet<string> = new Set(
  [
    checkReturn,
    startOld,
    readyOld,
    restoreData,
    playConfiguration,
    putDatabaseBack,
    startServices,
    renameBack,
    setAsideNew,
  ].map(step => step.id),
);

/** "Detach the data volumes from the new instance": the one that leaves is the new one here. */
function changedOver(step: StepDefinition): string {
  if (own.has(step.id)) return step.title;
  return step.title.replaceAll(/\b(old|new)\b/g, word => (word === 'old' ? 'new' : 'old'));
}

function prepare(graph: GraphBuilder, { name, role, ipv6Moves }: GraphTarget): void {
  const add = (step: string, after: readonly string[]) => graph.add(name, 'prepare', step, after);
  const checked = add('check-return', []);
  add('snapshot-ahead', [checked]);
  if (ipv6Moves === false) add('lower-dns-ttl', [checked]);
  const ready = add('ready-old', [add('start-old', [checked])]);
  if (role === 'frontend' || role === 'distgit') add('copy-root-state-ahead', [ready]);
  if (role === 'backend') add('allow-new-address', [ready]);
}

/** Adds the outage's steps of a target; returns the keys of the last ones. */
function outage(graph: GraphBuilder, target: GraphTarget, options: Options, first: readonly string[]): string[] {
  const { name, role } = target;
  const chain = (steps: readonly string[], after: readonly string[]) => graph.chain(name, 'outage', steps, after);
  const moved = (after: readonly string[], beside: readonly string[]) => [
    ...chain(['move-address'], after),
    ...(target.ipv6Moves === false ? chain(['change-dns'], beside) : []),
  ];
  const ending = ['start-services', 'check-service'];
  if (role === 'backend') {
    const stopped = chain(['drain-builders', 'stop-services', 'finish-work'], first);
    const serving = chain([...leaving(options), 'attach-data', 'assemble-storage', 'serve-repositories'], stopped);
    return chain(['play-configuration', 'switch-signing', ...ending], moved(serving, serving));
  }
  const stopped = chain(['stop-services', ...(role === 'distgit' ? ['finish-work'] : [])], first);
  const named = moved(stopped, stopped);
  const left = chain([...copied(role), ...leaving(options)], named);
  const mounted = chain([target.restored === true ? 'restore-data' : 'attach-data', 'mount-data'], left);
  if (role === 'keygen') return chain(['play-configuration', 'switch-signing', ...ending], mounted);
  if (role === 'distgit') return chain(ending, mounted);
  return chain(['put-database-back', 'reindex-database', ...ending], mounted);
}

/** What lives on the root disk comes along; of a frontend after its dump, which lives there, and without a database that writes. */
function copied(role: GraphTarget['role']): string[] {
  if (role === 'frontend') return ['back-up-database', 'stop-database', 'copy-root-state'];
  return role === 'distgit' ? ['copy-root-state'] : [];
}

function settle(graph: GraphBuilder, { name, role, ipv6Moves }: GraphTarget, first: readonly string[]): string[] {
  const allowed = role === 'backend' ? ['drop-old-address'] : [];
  return [
    ...graph.chain(name, 'settle', ['rename-back', ...allowed, 'set-aside-new'], first),
    ...(ipv6Moves === false ? graph.chain(name, 'settle', ['restore-dns-ttl'], first) : []),
  ];
}
