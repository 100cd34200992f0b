import { busyBeside } from '#chat/busy-beside.ts';
import { waitsFor } from '#chat/cards/waiting.ts';
import type { Drawing } from '#chat/cards.ts';
import { policyOf } from '#chat/chat-estate.ts';
import { defineCommand } from '#chat/define-command.ts';
import { sayDuration } from '#chat/say-time.ts';
import type { Judged } from '#chat/watch-requests.ts';
import { decide, outageGates } from '#core/decide.ts';
import { BadInput, Unknown } from '#core/errors.ts';
import { gateState } from '#core/gates.ts';
import type { Run } from '#core/run.ts';

export const start = defineCommand({
  name: 'start',
  usage: '[RUN]',
  help: 'begin an approved outage',
  detail:
    'The answers to the requests are read once more; refused where anything is missing, and while another outage of the environment is on.',
  takes: { run: true, target: 'one', environment: true },
  changes: true,
  rooms: 'work',
  subject: 'run',
  fits: run => run.what !== 'retirement' && run.outageBegun === undefined && run.started === undefined,
  needs: ['runs', 'drawing', 'fresh'],
  async run({ run, runs, drawing, fresh, person, cause }) {
    const other = busyBeside(run, await runs.list({ environment: run.environment, open: true }));
    if (other !== undefined) {
      throw new BadInput(
        'run',
        `${other.id} is in its outage, and there is one at a time in ${run.environment}: start ${run.id} when it is over.`,
      );
    }
    let refused: string | undefined;
    try {
      refused = await fresh.recordFresh(run.id, cause, (current, now) => judge(current, drawing, person ?? '', now));
    } catch (error) {
      if (!(error instanceof Unknown)) throw error;
      throw new BadInput(
        'chat',
        `I can't read the answers to the requests right now (${error.message}), so nothing starts: try again.`,
      );
    }
    if (refused !== undefined) throw new BadInput('run', refused);
    return undefined;
  },
});

function judge(run: Run, drawing: Drawing, person: string, now: number): Judged {
  if (run.ended !== undefined) return { refused: `${run.id} has ended.` };
  if (run.what === 'retirement')
    return { refused: `${run.id} is a retirement: it begins by itself when RETIRE is approved.` };
  if (run.outageBegun !== undefined) {
    return { refused: `${run.id} is in its outage already, since ${sayDuration(now - run.outageBegun.at)}.` };
  }
  if (run.started !== undefined) return { refused: `${run.started.person} has started ${run.id} already.` };
  const left = Object.values(run.steps).filter(
    step =>
      step.node.phase === 'prepare' && step.status !== 'done' && step.status !== 'skipped' && step.status !== 'dropped',
  );
  const [first] = left;
  const waits = waitsFor(run, drawing, now).filter(one => one.can !== `!start ${run.id}`);
  const need = waits.map(one => `it waits for ${one.says}`).join('; ');
  if (first !== undefined) {
    const steps = left.length === 1 ? 'one step is left:' : `${left.length} steps are left, first`;
    return { refused: `${run.id} isn't prepared yet, ${steps} ${first.node.key}${need === '' ? '.' : `; ${need}.`}` };
  }
  if (waits.length > 0) return { refused: `${run.id} can't start: ${need}.` };
  const policy = policyOf(drawing.estate, run.environment);
  const closed = outageGates(run).filter(gate => !gateState(run, gate, policy, now).open);
  if (closed.length > 0)
    return {
      refused: `${run.id} can't start: ${closed.join(', ').toUpperCase()} ${closed.length === 1 ? "isn't" : "aren't"} open.`,
    };
  if (!decide(run, policy, now).waiting.some(one => one.for === 'start')) {
    return { refused: `${run.id} has nothing left to start.` };
  }
  return { entries: [{ type: 'started', person }] };
}
