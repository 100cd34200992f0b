import { policyOf } from '#chat/chat-estate.ts';
import { defineCommand } from '#chat/define-command.ts';
import { stepNamed } from '#chat/find-step.ts';
import { BadInput } from '#core/errors.ts';
import { makeSkipRequest, openSkips } from '#core/skips.ts';
import { skipWantsSecond, whyNotSkipped } from '#engine/people-may.ts';

export const skip = defineCommand({
  name: 'skip',
  usage: '[TARGET] STEP because …',
  help: 'leave it out; refused where a later step relies on it (named)',
  detail:
    "A safeguard (a snapshot, a dump, a rehearsal, a check) at any time, and anything in an outage or a retirement, is left out only when a second person agrees: the bot asks an approver who is neither the run's asker nor whoever says it, by ✅ or ❌ on the request. Until that is answered the step doesn't begin. Whoever leaves something out approves nothing of the run afterwards.",
  takes: { run: true, target: 'one', step: true, because: 'must' },
  changes: true,
  rooms: 'work',
  subject: 'run',
  needs: ['runs', 'procedure', 'estate'],
  async run(
    { run, runs, procedure, estate, person = '', accounts, cause },
    { targets: [target], step: id, because = '' },
  ) {
    if (id === undefined) throw new BadInput('step', 'which step shall be left out? !skip TARGET STEP because …');
    await runs.record(run.id, cause, (current, now) => {
      const step = stepNamed(current, id, target);
      const { key } = step.node;
      const refused = whyNotSkipped(current, step, person, procedure);
      if (refused !== undefined) throw new BadInput('step', refused);
      if (!skipWantsSecond(current, step, procedure))
        return [{ type: 'skipped', step: key, person, accounts, because, request: null }];
      const asked = openSkips(current).find(one => one.skip.step === key);
      if (asked !== undefined) {
        throw new BadInput(
          'step',
          `${asked.skip.person} asked to leave out ${key} already, and nobody has answered yet.`,
        );
      }
      const policy = policyOf(estate, current.environment);
      return [makeSkipRequest(current, { step: key, person, accounts, because }, policy, now)];
    });
    return undefined;
  },
});
