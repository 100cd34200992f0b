import type { Entry } from '#core/entries.ts';
import { wholeRun } from '#core/graph.ts';
import type { Run } from '#core/run.ts';
import type { Procedure } from '#engine/plan-step.ts';
import { both, type Card } from '../cards.ts';
import { becauseOf, harmless, plainLine, sentence } from '../harmless.ts';
import { sayTime } from '../say-time.ts';
import { estateNews } from './estate-news.ts';
import { answerTo, note } from './start.ts';

/** "copr-be-dev, provision" of a step's key. */
export function stepName(run: Run, key: string): string {
  const node = run.graph[key];
  if (node === undefined) return key;
  return node.target === wholeRun ? node.step : `${node.target}, ${node.step}`;
}

/** The step that a change belongs to (`target/step/index`). */
function stepOfChange(run: Run, change: string): string {
  return stepName(run, change.slice(0, change.lastIndexOf('/')));
}

/**
 * What an entry means for the thread: people's commands, unclear outcomes, notes. Undefined for what the live message shows
 * anyway.
 */
export function stepNews(run: Run, entry: Entry): Card | undefined {
  switch (entry.type) {
    case 'refused':
      // It never left this process (its time to send was over) and is sent again: an inner matter.
      if (entry.code === 'not-sent') return undefined;
      // Told once: that it lasts shows in the live message, and its end is a halt.
      if (entry.retry && (run.changes[entry.change]?.refusals ?? 0) > 1) return undefined;
      return note(
        run,
        `${stepOfChange(run, entry.change)}: refused (${entry.code}): ${sentence(entry.sentence)}${entry.retry ? ' I try again.' : ''}`,
      );
    case 'unknown':
      return note(
        run,
        `${stepOfChange(run, entry.change)}: outcome unknown (${entry.code}): ${sentence(entry.sentence)} I look before anything else.`,
      );
    case 'failed':
      // What failed by itself halts, and that says it; what was lost goes on with a new attempt.
      if (entry.code !== 'lost') return undefined;
      return note(
        run,
        `${stepOfChange(run, entry.change)}: attempt ${entry.generation} was lost: ${sentence(entry.sentence)} I begin it anew.`,
      );
    case 'made':
    case 'found':
      // What a change was made for is to be read by people.
      if (typeof entry.output.told === 'string')
        return note(
          run,
          `${stepOfChange(run, entry.change)}: ${entry.output.told.split('\n').map(plainLine).join('\n')}`,
        );
      // The answer to "outcome unknown"; otherwise what is done shows in the live message.
      if ((run.changes[entry.change]?.unclear ?? 0) === 0) return undefined;
      return note(run, `${stepOfChange(run, entry.change)}: looked, it was done.`);
    case 'finished':
      return finishedNews(run, entry.step, entry.note);
    case 'estate-altered':
    case 'estate-kept':
      return estateNews(run, entry);
    case 'started':
      return note(
        run,
        `${entry.person} started ${run.id}. What was read of the hosts is read again where it is old, then the outage begins.`,
      );
    case 'outage-waits': {
      const person = run.started?.person ?? run.asker;
      return answerTo(
        run,
        person,
        `@${person} ${entry.other} is in its outage, and there is one at a time in ${run.environment}: ${run.id} waits for its end, and begins then by itself if all its approvals still hold. Not by itself: !pause ${run.id}`,
      );
    }
    case 'settled':
      return answerTo(
        run,
        entry.person,
        `${entry.person} ended the time in which both instances of ${run.id} are kept: it settles now.`,
      );
    case 'paused':
      return answerTo(
        run,
        entry.person,
        `${entry.person} paused ${run.id}: what runs now ends, nothing new begins. Go on: !resume ${run.id}`,
      );
    case 'resumed':
      return answerTo(run, entry.person, `${entry.person} resumed ${run.id}: going on.`);
    case 'taken':
      return answerTo(run, entry.person, `${entry.person} drives ${entry.target} now and is asked about it.`);
    case 'noted':
      return note(run, `Noted by ${entry.person}: “${harmless(entry.text)}”`);
    case 'retried':
      return answerTo(
        run,
        entry.person,
        `${stepName(run, entry.step)}: looking again and repeating what failed, as ${entry.person} said.`,
      );
    case 'done-by-hand':
      return answerTo(
        run,
        entry.person,
        `${stepName(run, entry.step)}: ${entry.person} did it by hand${becauseOf(entry.because)}. I look at what can be read of it.`,
      );
    case 'skipped':
      if (run.graph[entry.step]?.phase === 'undo')
        return answerTo(
          run,
          entry.person,
          `${stepName(run, entry.step)}: given up, as ${entry.person} said. The rest goes on.`,
        );
      return answerTo(
        run,
        entry.person,
        `${stepName(run, entry.step)}: left out by ${entry.person}${becauseOf(entry.because)}${agreed(run, entry.request)}. ${both([...new Set([run.asker, entry.person])])} may approve nothing that is asked from now on.`,
      );
    case 'unseen': {
      const until = sayTime(entry.until, entry.at);
      const sooner = run.outageBegun === undefined ? ` At once: !cancel ${run.id} because …` : '';
      return note(
        run,
        `${stepName(run, entry.step)}: ${sentence(plainLine(entry.sentence))} I look until ${until}, then go back and undo it too: each undoing looks first.${sooner}`,
      );
    }
    case 'turning-back':
      if (run.turning?.hurry === true)
        return answerTo(
          run,
          entry.person,
          `${run.id} goes back now, as ${entry.person} said: what can't be seen isn't waited for.`,
        );
      return answerTo(
        run,
        entry.person,
        `${entry.how === 'cancel' ? 'Cancelled' : 'Going back'} by ${entry.person}${becauseOf(entry.because)}: ${both(entry.targets)}. What runs now ends first.`,
      );
    case 'turned-back': {
      // In the order of the steps: a journal keeps the plans by name.
      const undo = entry.nodes.flatMap(node => entry.plans[node.key] ?? []);
      const lines = undo.map(change => `  ${change.says}`);
      const gate = entry.shown ? '' : ' The way back differs from what was approved, so it is asked for.';
      if (lines.length === 0) return note(run, 'The way back: nothing was made that has to be undone.');
      return note(
        run,
        [`The way back, ${undo.length} change${undo.length === 1 ? '' : 's'}:${gate}`, ...lines].join('\n'),
      );
    }
    default:
      return undefined;
  }
}

/** Who agreed to what was left out, where that was asked. */
function agreed(run: Run, request: string | null): string {
  const asked = run.requests.find(one => one.request === request);
  if (asked === undefined) return '';
  const persons = asked.approvals.map(one => one.person);
  return `, as ${both(persons.filter(one => asked.withdrawals.every(gone => gone.person !== one)))} agreed (${asked.request})`;
}

/** Where all that an approval named was found done already, somebody else did it: that is news. The rest is in `!log`. */
function finishedNews(run: Run, key: string, remark: string | null): Card | undefined {
  const step = run.steps[key];
  const plan = step?.plan ?? [];
  const found = plan.filter(change => run.changes[change.id]?.found === true);
  const already =
    step?.node.gate === undefined || found.length === 0 || found.length < plan.length
      ? []
      : ['All of it was found done already, nothing was made again.'];
  const words = [...(remark === null ? [] : [sentence(remark)]), ...already];
  return words.length === 0 ? undefined : note(run, `${stepName(run, key)}: done. ${words.join(' ')}`);
}

/**
 * What was done by hand and counts now: news that its person waits for. "Checked" is said only of what was read back; what a
 * second person agreed to, or what only people can know, is called that.
 */
export function doneByHandCard(run: Run, key: string, person: string, procedure: Procedure): Card {
  const { plan = [], node } = run.steps[key] ?? {};
  const definition = procedure.steps[node?.step ?? ''];
  const agreed = run.requests.findLast(one => one.byHand?.step === key && one.status === 'approved');
  const by = agreed?.approvals.filter(one => agreed.withdrawals.every(gone => gone.person !== one.person));
  const readable = definition?.byPeople !== true && (plan.length > 0 || definition?.verify !== undefined);
  const words =
    by !== undefined && by.length > 0
      ? `${both([...new Set(by.map(one => one.person))])} agreed that ${person} did it by hand`
      : readable
        ? 'checked, it is as it should be'
        : `taken as done, as ${person} says; nothing of it can be read`;
  return answerTo(run, person, `${stepName(run, key)}: ${words}. Going on.`);
}
