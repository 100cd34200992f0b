import { decide, type Waiting } from '#core/decide.ts';
import { gatesOf, isAsker } from '#core/gates.ts';
import { type Gate, wholeRun } from '#core/graph.ts';
import type { RequestState, Run, StepState } from '#core/run.ts';
import type { Procedure } from '#engine/plan-step.ts';
import { type Saying, whyNot } from '#engine/why-not.ts';
import { busyBeside } from '../busy-beside.ts';
import { both, type Drawing, either } from '../cards.ts';
import { environmentOf, policyOf } from '../chat-estate.ts';
import { plainLine } from '../harmless.ts';
import { sayDate, sayFromNow, sayTime } from '../say-time.ts';

/** One thing that a run waits for: in words, and who can do something about it. */
export interface WaitsFor {
  readonly people: readonly string[];
  readonly says: string;
  /** What they type or do; '' where nobody can do anything. */
  readonly can: string;
  /** The request that is to be answered. */
  readonly request?: string;
}

/** "OUTAGE, STORAGE". */
export function gateNames(gates: readonly Gate[]): string {
  return gates.map(gate => gate.toUpperCase()).join(', ');
}

/** What a request asks for: its gates, "SKIP of copr-be-dev/write-line", or "BY HAND: copr-be-dev/provision". */
export function askedWords({ gates, skip, byHand }: Pick<RequestState, 'gates' | 'skip' | 'byHand'>): string {
  if (byHand !== undefined) return `BY HAND: ${byHand.step}`;
  return skip === undefined ? gateNames(gatesOf({ gates })) : `SKIP of ${skip.step}`;
}

/** Persons who may answer a request: approvers who asked for none of it. */
export function whoMayApprove(
  run: Run,
  request: Pick<RequestState, 'askers' | 'accounts'> | undefined,
  { estate }: Drawing,
): string[] {
  const asked = request ?? { askers: run.alterers, accounts: run.accounts };
  const policy = policyOf(estate, run.environment);
  return policy.approvers.filter(person => {
    const accounts = estate.people[person] ?? [''];
    return accounts.some(account => !isAsker(run, asked, { person, account }, policy));
  });
}

/** Everything that a run waits for now, from the rules in core. */
export function waitsFor(run: Run, drawing: Drawing, now: number): WaitsFor[] {
  const { waiting } = decide(run, policyOf(drawing.estate, run.environment), now);
  return waiting.map(one => inWords(run, one, drawing, now));
}

function inWords(run: Run, waiting: Waiting, drawing: Drawing, now: number): WaitsFor {
  const driver = driverOf(run);
  switch (waiting.for) {
    case 'approval': {
      const request = run.requests.find(one => one.request === waiting.request);
      const people = whoMayApprove(run, request, drawing);
      const until = request === undefined ? '' : ` until ${sayDate(request.expiresAt)}`;
      const left = request === undefined ? '' : ` (${sayFromNow(request.expiresAt, now)})`;
      return {
        people,
        says: `approval of ${request === undefined ? waiting.request : askedWords(request)}: ${either(people)},${until}${left}`,
        can: `${drawing.estate.approve} on the request`,
        request: waiting.request,
      };
    }
    case 'ask':
      return {
        people: environmentOf(drawing.estate, run.environment).ask,
        says: `approval of ${gateNames(waiting.gates)}, and nobody is being asked (${askWhy(waiting.why)})`,
        can: `!ask ${run.id}`,
      };
    case 'safeguard':
      return {
        people: environmentOf(drawing.estate, run.environment).ask,
        says: `nobody: ${gateNames([waiting.gate])} can't be asked for, as nothing is kept beforehand to go back to on ${both(waiting.targets)}`,
        can: `!cancel ${run.id} because …`,
      };
    case 'start': {
      const other = busyBeside(run, drawing.open?.() ?? []);
      if (other !== undefined) {
        const says = `the end of ${other.id}'s outage, one at a time in ${run.environment}, and somebody's start after it`;
        return { people: [driver], says, can: '' };
      }
      return {
        people: [driver],
        says: `somebody's start; everything is prepared and approved`,
        can: `!start ${run.id}`,
      };
    }
    case 'outage':
      return { people: [], says: `the end of ${waiting.other}'s outage, and begins then by itself`, can: '' };
    case 'window':
      return {
        people: [],
        says: `the end of the time in which both instances are kept, ${sayTime(waiting.until, now)} (${sayFromNow(waiting.until, now)}); earlier: !settle ${run.id}`,
        can: '',
      };
    case 'turning': {
      const { steps, unseen } = waiting;
      const blind = unseen.map(
        ({ step, sentence, until }) =>
          `${step}: ${plainLine(sentence).replace(/\.$/, '')}; I look until ${sayTime(until, now)}, then go on and undo it too`,
      );
      const running = steps.filter(step => unseen.every(one => one.step !== step));
      const says = [...(running.length === 0 ? [] : [`the end of what runs: ${both(running)}`]), ...blind].join('; ');
      return {
        people: [driver],
        says: says === '' ? 'a last look before it goes back' : says,
        can:
          unseen.length > 0 && run.outageBegun === undefined
            ? `!cancel ${run.id} because …, which goes on at once`
            : '',
      };
    }
    case 'halt': {
      const step = run.steps[waiting.step];
      const node = step?.node;
      const target = node?.target ?? '';
      const who = run.targets.find(one => one.name === target)?.driver ?? driver;
      return {
        people: [who],
        says: `a decision on ${target}, ${node?.step}: ${haltWords(run.steps[waiting.step])}`,
        can: step === undefined ? '' : waysOn(run, step, drawing, now),
      };
    }
    case 'estate':
      return {
        people: environmentOf(drawing.estate, run.environment).ask,
        says: `the estate's file: ${plainLine(waiting.why)}`,
        can: whyNot(run, { say: 'cancel' }, drawing.procedure, now) === undefined ? `!cancel ${run.id} because …` : '',
      };
    case 'resume':
      return { people: [waiting.person], says: `!resume; ${waiting.person} paused it`, can: `!resume ${run.id}` };
    case 'newer-version':
      return { people: [driver], says: `a newer Ferry: ${waiting.why}`, can: 'start the version that wrote it' };
    case 'seal':
      return {
        people: environmentOf(drawing.estate, run.environment).page,
        says: `a look at the store: ${waiting.why}, so somebody wrote to it who hasn't the journal's key`,
        can: `ferry journal verify ${run.id}`,
      };
  }
}

/** What a step halted for, as part of a sentence. */
function haltWords(step: StepState | undefined): string {
  return plainLine(step?.halt?.sentence ?? 'halted').replace(/\.$/, '');
}

/** What people type on a halt, as far as it would be taken now: again, by hand, without it, or back; '' where nothing would. */
export function waysOn(run: Run, step: StepState, { procedure }: Drawing, now: number): string {
  const { target, step: id, phase, danger } = step.node;
  const whole = target === wholeRun;
  const of = whole ? run.id : target;
  // Its target can't be named where it is the run's own step.
  const others = Object.values(run.steps).some(one => one.status === 'halted' && one.node.target !== target);
  const mayBe = (saying: Saying, text: string) => (whyNot(run, saying, procedure, now) === undefined ? [text] : []);
  const back: Saying = whole ? { say: 'rollback' } : { say: 'rollback', targets: [target] };
  return [
    ...mayBe({ say: 'retry', step }, whole && others ? `!retry ${of} ${id}` : `!retry ${of}`),
    ...mayBe({ say: 'done', step }, `!done ${of} ${id} because …`),
    ...((phase === 'prepare' && danger === 'safe') || isOwnCheck(step, procedure)
      ? mayBe({ say: 'skip', step }, `!skip ${of} ${id} because …`)
      : []),
    ...mayBe({ say: 'cancel' }, `!cancel ${run.id} because …`),
    ...mayBe(back, `!rollback ${of}`),
  ].join(', or ');
}

/** The check at the end of a way back: nothing else would get past it. */
function isOwnCheck({ node }: StepState, { wayBack }: Procedure): boolean {
  return node.phase === 'undo' && node.step === wayBack?.check.step;
}

function askWhy(why: string): string {
  if (why === 'void') return 'the request is void';
  if (why === 'approver-gone') return 'whoever approved is no approver any more';
  return why.replaceAll('-', ' ');
}

/** Who drives the run: its targets' drivers, the first one's where there are several. */
export function driverOf(run: Run): string {
  return run.targets[0]?.driver ?? run.asker;
}

export function driversOf(run: Run): string[] {
  return [...new Set(run.targets.map(target => target.driver))];
}

/** One line that says who must act: "bob: !retry …", or that nobody needs to. */
export function whoMustAct(run: Run, drawing: Drawing, now: number): string {
  const waits = waitsFor(run, drawing, now).filter(one => one.can !== '');
  if (waits.length === 0) return 'Nobody needs to act.';
  return waits.map(one => `${both(one.people)} must act: ${one.can}`).join('\n');
}
