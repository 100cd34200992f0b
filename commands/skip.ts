import { policyOf } from '#chat/chat-estate.ts';
import { defineCommand } from '#chat/define-command.ts';
import { stepNamed } from '#chat/find-step.ts';
import { BadInput } from '#core/errors.ts';
import { dependents } from '#core/graph.ts';
import { isOver, type Run, type StepState } from '#core/run.ts';
import { makeSkipRequest, openSkips, skipWantsSecond } from '#core/skips.ts';
import type { Procedure } from '#engine/plan-step.ts';

export const skip = defineCommand({
  name: 'skip',
  usage: '[TARGET] STEP because …',
  help: 'leave it out; refused where a later step relies on it (named)',
  detail:
    "In an outage or a retirement a second person agrees: the bot asks an approver who is neither the run's asker nor whoever says it, by ✅ or ❌ on the request. Until that is answered the step doesn't begin. Whoever leaves something out approves nothing of the run afterwards.",
  takes: { run: true, target: 'one', step: true, because: 'must' },
  changes: true,
  rooms: 'work',
  subject: 'run',
  needs: ['runs', 'procedure', 'estate'],
  async run({ run, runs, procedure, estate, person = '', cause }, { targets: [target], step: id, because = '' }) {
    if (id === undefined) throw new BadInput('step', 'which step shall be left out? !skip TARGET STEP because …');
    await runs.record(run.id, cause, (current, now) => {
      const step = stepNamed(current, id, target);
      const { key } = step.node;
      checkMaySkip(current, step, procedure, person);
      if (!skipWantsSecond(current)) return [{ type: 'skipped', step: key, person, because, request: null }];
      const asked = openSkips(current).find(one => one.skip.step === key);
      if (asked !== undefined) {
        throw new BadInput(
          'step',
          `${asked.skip.person} asked to leave out ${key} already, and nobody has answered yet.`,
        );
      }
      const policy = policyOf(estate, current.environment);
      return [makeSkipRequest(current, { step: key, person, because }, policy, now)];
    });
    return undefined;
  },
});

function checkMaySkip(run: Run, step: StepState, procedure: Procedure, person: string): void {
  const { key } = step.node;
  if (step.status !== 'waiting' && step.status !== 'halted') throw new BadInput('step', `${key} is ${step.status}.`);
  if (procedure.steps[step.node.step]?.read !== undefined) {
    throw new BadInput('step', `everything relies on what ${key} reads, so it can't be left out.`);
  }
  const relies = Object.values(run.steps).find(other => reliesOn(run, other, step, procedure));
  if (relies !== undefined) throw new BadInput('step', `${relies.node.key} relies on ${key}, so it can't be left out.`);
  if (step.node.phase === 'undo')
    throw new BadInput('step', `${key} is part of the way back: do it by hand and say !done.`);
  // Who approved a plan doesn't alter it afterwards: the approval would be their own.
  const approved = run.requests.some(
    request =>
      request.status === 'approved' &&
      request.approvals.some(one => one.person === person) &&
      !request.withdrawals.some(gone => gone.person === person),
  );
  if (!skipWantsSecond(run) && approved) {
    throw new BadInput(
      'person',
      `you approved ${run.id} as it is, so somebody else leaves out ${key}, or you take your approval back first.`,
    );
  }
}

/**
 * Whether another step of the target that is still to come relies on one: its plan reads that one's outputs, or it makes
 * changes behind the same gate, in the same phase, after it: what moves data or addresses is one chain.
 */
function reliesOn(run: Run, other: StepState, step: StepState, procedure: Procedure): boolean {
  if (other.node.target !== step.node.target || isOver(other) || other.status === 'by-hand') return false;
  if (procedure.steps[other.node.step]?.needs?.includes(step.node.step) === true) return true;
  const { gate, phase, key } = step.node;
  if (gate === undefined || other.node.gate !== gate || other.node.phase !== phase || other.plan?.length === 0)
    return false;
  return skipWantsSecond(run) && dependents(run.graph, key).has(other.node.key);
}
