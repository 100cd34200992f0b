import { inOrder } from '#core/graph.ts';
import { newRun } from '#core/new-run.ts';
import type { Run } from '#core/run.ts';
import type { PreparedRun, ProposalRequest } from '#engine/runs.ts';
import { both, type Drawing } from '../cards.ts';
import { remaining } from '../outlook.ts';
import { sayDuration } from '../say-time.ts';
import { lostLines } from './lost-by-return.ts';
import { noticed } from './request.ts';

/** What a return would be, drawn as if it were proposed: nothing is recorded. @param of what `!rollback` names. */
export function returnPreview(
  of: string,
  request: ProposalRequest,
  prepared: PreparedRun,
  drawing: Drawing,
  now: number,
): string {
  const run = pretended(request, prepared, now);
  const names = both(request.targets);
  const outage = sayDuration(remaining(run, ['outage'], drawing.outlook, now));
  return [
    `The way back of ${names}, to what was kept, would be a run of its own; nothing is done by this.`,
    ...lostLines(run, drawing),
    `It is checked and prepared at once, without an outage, about ${sayDuration(remaining(run, ['prepare'], drawing.outlook, now))}. Then it is asked for, and somebody else than who proposes it approves; the outage of about ${outage} begins by !start.`,
    `Users of ${request.environment} notice: ${noticed(run, ['outage'], drawing, now)}`,
    `Propose it: !rollback ${of}`,
    'In this order, what does not wait for another side by side; ids are known once it is proposed:',
    ...inOrder(run.graph).flatMap(key => {
      const node = run.graph[key];
      if (node === undefined) return [];
      const gate = node.gate === undefined ? '' : `, ${node.gate.toUpperCase()}`;
      return [`  ${key}${gate}, about ${sayDuration(drawing.outlook.stepTime(node.step))}: ${node.title}`];
    }),
  ].join('\n');
}

function pretended(request: ProposalRequest, { nodes, settings, kinds, targets }: PreparedRun, now: number): Run {
  const { what, environment, asker, because, release, room } = request;
  return newRun({
    ...{ v: 1, seq: 1, at: now, prev: '', type: 'proposed', uid: '', id: 'preview', cause: '' },
    ...{ what, environment, targets, asker, because, release, room, nodes, kinds, settings },
  });
}
