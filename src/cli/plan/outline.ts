import type { Entry, EntryOf } from '#core/entries.ts';
import { inOrder } from '#core/graph.ts';
import type { JsonObject } from '#core/json.ts';
import { newRun } from '#core/new-run.ts';
import { preview } from '#core/preview.ts';
import type { Run } from '#core/run.ts';
import { type Procedure, plannedOrHalted } from '#engine/plan-step.ts';
import type { PreparedRun, ProposalRequest } from '#engine/runs.ts';

/**
 * What stands for outputs that only the run itself brings about: in words, never an id that could be taken for one, and
 * without blanks, so that it stays whole where lines are put together.
 */
const later: Readonly<Record<string, (target: string) => JsonObject>> = {
  'launch-instance': target => ({
    instance: `<new-${target}>`,
    privateIp: `<private-address-of-new-${target}>`,
    networkInterface: `<interface-of-new-${target}>`,
    rootVolume: `<root-volume-of-new-${target}>`,
    ipv6: [`<ipv6-address-of-new-${target}>`],
  }),
  'pin-host-keys': target => ({ instance: `<new-${target}>`, keys: [] }),
  'snapshot-ahead': target => ({ changes: [{ snapshot: `<snapshot-of-${target}>` }] }),
  'create-trial-volume': target => ({ volume: `<copy-for-new-${target}>` }),
  'create-temporary-storage': target => ({ volume: `<temporary-volume-of-new-${target}>` }),
};

/** Steps whose outputs aren't known before they ran, for which `outlineRun` has words. */
export const stepsWithLaterOutputs: readonly string[] = Object.keys(later);

/**
 * The run that a proposal would make, with the plan of every step, though nothing is proposed. Pure.
 *
 * @param facts of each target whose facts were read; of others nothing is planned.
 * @returns the run, and for each step that can't be planned why.
 */
export function outlineRun(
  request: ProposalRequest,
  prepared: PreparedRun,
  facts: Readonly<Record<string, { readonly facts: JsonObject; readonly remarks: readonly string[] }>>,
  procedure: Procedure,
  now: number,
): { readonly run: Run; readonly unplanned: readonly string[] } {
  const proposed: Entry & EntryOf<'proposed'> = {
    type: 'proposed',
    v: 1,
    seq: 1,
    at: now,
    prev: '',
    uid: 'outline',
    id: `the run`,
    cause: 'outline',
    ...request,
    ...prepared,
  };
  const read = Object.entries(facts).map(([target, seen]) => ({ type: 'facts' as const, target, ...seen }));
  const known = preview(newRun(proposed), read, now);
  // The steps are planned on a copy in which the later outputs are there; the run that is shown has nothing done.
  const ahead = preview(
    known,
    Object.values(known.graph).flatMap(({ key, step, target }) => {
      const outputs = facts[target] === undefined ? undefined : later[step]?.(target);
      return outputs === undefined ? [] : [{ type: 'finished' as const, step: key, outputs, note: null }];
    }),
    now,
  );
  const planned = inOrder(ahead.graph)
    .filter(key => facts[ahead.graph[key]?.target ?? ''] !== undefined)
    .map(key => plannedOrHalted(ahead, key, procedure));
  const plans = planned.filter(entry => entry.type === 'planned');
  const unplanned = planned.flatMap(entry => (entry.type === 'halted' ? [`${entry.step}: ${entry.sentence}`] : []));
  return { run: preview(known, plans, now), unplanned };
}
