import { inOrder, isOutageNode, type Node, wholeRun } from '#core/graph.ts';
import type { Run } from '#core/run.ts';
import { type WayBack, wayBack } from '#engine/turn-back.ts';
import { targetsToGoBack, whyNot } from '#engine/why-not.ts';
import { both, type Drawing } from '../cards.ts';
import { plainLine } from '../harmless.ts';
import type { Outlook } from '../outlook.ts';
import { sayDuration } from '../say-time.ts';
import { lossLines, lossWords } from './losses.ts';

/**
 * The way back of some targets as it would be now: what can't be undone, and about how long until they serve again, ms, and what that loses in words.
 * Undefined for a run of another version's procedure; the run itself says so.
 */
export function safeWayBack(
  run: Run,
  targets: readonly string[],
  drawing: Drawing,
  now: number,
): { readonly impossible: readonly string[]; readonly time: number; readonly loses: string } | undefined {
  try {
    const { impossible, nodes } = wayBack(run, targets, drawing.procedure);
    const time = longest(nodes.filter(isOutageNode), drawing.outlook);
    return { impossible, time, loses: lossWords(run, nodes, drawing, now) };
  } catch {
    return undefined;
  }
}

/** The longest path of some steps of the way back, ms. */
function longest(nodes: readonly Node[], outlook: Outlook): number {
  const keys = new Set(nodes.map(node => node.key));
  const graph = Object.fromEntries(
    nodes.map(node => [node.key, { ...node, after: node.after.filter(key => keys.has(key)) }]),
  );
  const ends: Record<string, number> = {};
  for (const key of inOrder(graph)) {
    const node = graph[key];
    if (node === undefined) continue;
    ends[key] = Math.max(0, ...node.after.map(before => ends[before] ?? 0)) + outlook.backTime(node.step);
  }
  return Math.max(0, ...Object.values(ends));
}

/** What `!rollback` would do now: its steps, how long, what is lost, what it waits for first. Nothing is done. */
export function previewText(run: Run, named: readonly string[] | undefined, drawing: Drawing, now: number): string {
  const { procedure } = drawing;
  const saying = { say: 'rollback', ...(named === undefined ? {} : { targets: named }) } as const;
  const refused = whyNot(run, saying, procedure, now);
  const targets = targetsToGoBack(run, named);
  const of = named === undefined ? run.id : both(named);
  if (refused !== undefined && (run.outageBegun === undefined || run.turning !== undefined || targets.length === 0)) {
    return `No way back of ${of} now: ${plainLine(refused)} Nothing is done.`;
  }
  const back = wayBack(run, targets, procedure);
  const time = sayDuration(safeWayBack(run, targets, drawing, now)?.time ?? 0);
  const losses = refused === undefined ? lossLines(run, back.nodes, drawing, now) : [];
  return [
    `The way back of ${of} as it would be now; nothing is done by this.`,
    ...(refused === undefined
      ? [
          `About ${time} until ${both(targets)} ${targets.length === 1 ? 'serves' : 'serve'} again${losses.length === 0 ? '; loses nothing' : ''}.`,
          ...losses,
        ]
      : lostLines(back)),
    firstLine(run, targets, now),
    ...(refused === undefined
      ? [approvalLine(back), `Take it: !rollback ${named === undefined ? run.id : named.join(' ')}`]
      : []),
    back.nodes.length === 0
      ? 'Nothing was made that has to be undone.'
      : 'In this order, what does not wait for another side by side:',
    ...stepLines(run, back, drawing),
  ].join('\n');
}

function lostLines({ impossible }: WayBack): string[] {
  return ["It isn't whole, so !rollback is refused. It can't undo:", ...impossible.map(line => `  ${plainLine(line)}`)];
}

function firstLine(run: Run, targets: readonly string[], now: number): string {
  const whole = targets.length === run.targets.length;
  const running = Object.values(run.steps).filter(
    ({ node, status }) =>
      (status === 'running' || status === 'by-hand') &&
      (targets.includes(node.target) || (whole && node.target === wholeRun)),
  );
  if (running.length === 0) return 'It waits for nothing first.';
  const since = (at: number | undefined) => (at === undefined ? '' : ` (for ${sayDuration(now - at)} so far)`);
  return `First it waits for the end of ${both(running.map(step => `${step.node.key}${since(step.begunAt)}`))}.`;
}

/** Whether a second person is asked before the way back. */
export function approvalLine({ shown }: WayBack): string {
  return shown
    ? 'It is part of what was approved: nobody is asked again.'
    : 'It differs from what was approved, so a second person is asked for it first.';
}

function stepLines(run: Run, { nodes, plans }: WayBack, { outlook }: Drawing): string[] {
  const graph = { ...run.graph, ...Object.fromEntries(nodes.map(node => [node.key, node])) };
  const mine = new Map(nodes.map(node => [node.key, node]));
  return inOrder(graph).flatMap(key => {
    const node = mine.get(key);
    if (node === undefined) return [];
    const changes = (plans[key] ?? []).map(change => `    ${change.says}`);
    return [
      `  ${key}, about ${sayDuration(outlook.backTime(node.step))}${changes.length === 0 ? `: ${node.title}` : ''}`,
      ...changes,
    ];
  });
}
