import type { Run, StepState } from '#core/run.ts';
import { sayDuration } from './say-time.ts';

/** In which words a request counts changes; the others are counted together. */
export const counted: Readonly<Record<string, readonly [one: string, many: string]>> = {
  'detach-volume': ['detach', 'detach'],
  'attach-volume': ['attach', 'attach'],
  'associate-address': ['address', 'addresses'],
  'assign-ipv6': ['address', 'addresses'],
  'edit-inventory': ['commit', 'commits'],
  'edit-dns': ['commit', 'commits'],
  'play-playbook': ['play', 'plays'],
  'terminate-instance': ['terminated', 'terminated'],
  'delete-volume': ['deleted', 'deleted'],
};

/** What there will be to go back to, and what was tried before: hot and clean snapshots, the dump, the rehearsal of the database. */
export function safeguards(run: Run): string[] {
  const steps = Object.values(run.steps);
  const of = (name: string) => steps.filter(({ node, status }) => node.step === name && status !== 'skipped');
  const counting = (name: string, kind: string) =>
    of(name)
      .flatMap(step => step.plan ?? [])
      .filter(change => change.kind === kind).length;
  const hot = counting('snapshot-ahead', 'create-snapshot');
  const clean = counting('snapshot-data', 'create-snapshot');
  const dumped = of('back-up-database').filter(({ plan = [] }) => plan.length > 0);
  return [
    ...(hot === 0
      ? []
      : [`${hot} hot ${hot === 1 ? 'snapshot' : 'snapshots'}${of('snapshot-ahead').every(isDone) ? '' : ' to come'}`]),
    ...(clean === 0 ? [] : [`${clean} clean to come`]),
    ...(dumped.length === 0 ? [] : ['dump']),
    ...of('try-database').flatMap(triedWords),
  ];
}

function isDone({ status }: StepState): boolean {
  return status === 'done';
}

function triedWords({ status, begunAt, endedAt }: StepState): string[] {
  if (status !== 'done' || begunAt === undefined || endedAt === undefined) return ['database not tried yet'];
  return [`database tried in ${sayDuration(endedAt - begunAt)}`];
}
