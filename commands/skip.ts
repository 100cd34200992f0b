import { defineCommand } from '#chat/define-command.ts';
import { stepNamed } from '#chat/find-step.ts';
import { BadInput } from '#core/errors.ts';
import type { Run, StepState } from '#core/run.ts';
import type { Procedure } from '#engine/plan-step.ts';

export const skip = defineCommand({
  name: 'skip',
  usage: '[TARGET] STEP because …',
  help: 'leave it out; refused where a later step relies on it (named)',
  detail:
    "In an outage or a retirement only a safe step may be left out, and not by the run's asker: two persons agree. Whoever leaves something out approves nothing of the run afterwards.",
  takes: { run: true, target: 'one', step: true, because: 'must' },
  changes: true,
  rooms: 'work',
  subject: 'run',
  needs: ['runs', 'procedure'],
  async run({ run, runs, procedure, person = '', cause }, { targets: [target], step: id, because }) {
    if (id === undefined) throw new BadInput('step', 'which step shall be left out? !skip TARGET STEP because …');
    await runs.record(run.id, cause, current => {
      const step = stepNamed(current, id, target);
      checkMaySkip(current, step, procedure, person);
      return [{ type: 'skipped', step: step.node.key, person, because: because ?? '', request: null }];
    });
    return undefined;
  },
});

function checkMaySkip(run: Run, step: StepState, procedure: Procedure, person: string): void {
  const { key, danger, gate } = step.node;
  if (step.status !== 'waiting' && step.status !== 'halted') throw new BadInput('step', `${key} is ${step.status}.`);
  const relies = Object.values(run.steps).find(
    other =>
      other.node.target === step.node.target &&
      (other.status === 'waiting' || other.status === 'halted' || other.status === 'running') &&
      procedure.steps[other.node.step]?.needs?.includes(step.node.step),
  );
  if (relies !== undefined) throw new BadInput('step', `${relies.node.key} relies on ${key}, so it can't be left out.`);
  if (step.node.phase === 'undo')
    throw new BadInput('step', `${key} is part of the way back: do it by hand and say !done.`);
  const strict = run.outageBegun !== undefined || run.what === 'retirement';
  if (strict && (danger !== 'safe' || gate !== undefined)) {
    throw new BadInput(
      'step',
      `${key} isn't a safe step, so now it can't be left out: do it by hand and say !done, or !rollback.`,
    );
  }
  if (strict && person === run.asker) {
    throw new BadInput(
      'person',
      `now a second person has to leave out ${key}: you asked for this run, so somebody else says !skip.`,
    );
  }
  // Who approved a plan doesn't alter it afterwards: the approval would be their own.
  const approved = run.requests.some(
    request =>
      request.status === 'approved' &&
      request.approvals.some(one => one.person === person) &&
      !request.withdrawals.some(gone => gone.person === person),
  );
  if (!strict && approved) {
    throw new BadInput(
      'person',
      `you approved ${run.id} as it is, so somebody else leaves out ${key}, or you take your approval back first.`,
    );
  }
}
