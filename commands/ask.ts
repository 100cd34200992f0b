import { waitsFor } from '#chat/cards/waiting.ts';
import { policyOf } from '#chat/chat-estate.ts';
import { answer, defineCommand } from '#chat/define-command.ts';
import { decide, makeRequest, together } from '#core/decide.ts';
import type { NewEntry } from '#core/entries.ts';
import { BadInput } from '#core/errors.ts';
import type { Gate } from '#core/graph.ts';

export const ask = defineCommand({
  name: 'ask',
  usage: '[RUN]',
  help: 'ask for approval again',
  detail: 'After an expiry, a rejection or a void request. What was prepared stays.',
  takes: { run: true, target: 'one', environment: true },
  changes: true,
  rooms: 'work',
  subject: 'run',
  fits: run => run.requests.some(request => request.status !== 'approved'),
  needs: ['runs', 'estate', 'drawing', 'clock', 'link'],
  async run({ run, runs, estate, drawing, clock, link, ...asking }) {
    const policy = policyOf(estate, run.environment);
    const waiting = decide(run, policy, clock.now()).waiting;
    const open = waitsFor(run, drawing, clock.now()).find(one => one.request !== undefined);
    if (!waiting.some(one => one.for === 'ask')) {
      const posted = open?.request === undefined ? undefined : run.posted[`request/${open.request}`];
      if (posted !== undefined) {
        return answer(asking, `${run.id} already waits for ${open?.says}: ${link(posted.room, posted.event)}`, run.id);
      }
      throw new BadInput('run', `${run.id} has nothing to ask for now. !why ${run.id} says what it waits for.`);
    }
    await runs.record(run.id, asking.cause, (current, now) => {
      const closed = decide(current, policy, now).waiting.flatMap(one => (one.for === 'ask' ? one.gates : []));
      return groups(closed).map(
        (gates, index): NewEntry =>
          makeRequest(
            current,
            gates,
            current.requests.length + 1 + index,
            [`${asking.person} asks again`],
            policy,
            now,
          ),
      );
    });
    return undefined;
  },
});

/** Gates that share a message; DATABASE and RETIRE stand alone. */
function groups(closed: readonly Gate[]): Gate[][] {
  return together.map(group => group.filter(gate => closed.includes(gate))).filter(group => group.length > 0);
}
