import type { LostRecord } from '#engine/record-watch.ts';
import type { Card, Drawing } from '../cards.ts';
import { sayTime } from '../say-time.ts';
import { phaseOf } from './outage.ts';
import { runLine, usersStatus } from './status.ts';

/** Most runs that are named; the rest are counted. */
const named = 3;

const whatToDo =
  'Stop every Ferry, then "ferry journal restore" brings it back, and a start goes on; until then I propose, approve and move nothing.';
const whatToDoAboutOlder =
  'Stop every Ferry, bring the newer state folder back and run "ferry journal restore"; only if it is lost for good, "ferry start --older-record" goes on from here. Until then I propose, approve and move nothing.';

/** What every command is answered while the store isn't the one that was written to. */
export function lostRecordCard(
  lost: LostRecord,
  asked: { readonly kind: 'work' | 'tell'; readonly environments: readonly string[] },
  drawing: Drawing,
  now: number,
): Card {
  const here = lost.open.filter(run => asked.environments.includes(run.environment));
  const text = asked.kind === 'tell' ? forUsers(lost, here, drawing, now) : forPeople(lost, here, now);
  return { text, people: [], notify: true, where: 'room', field: { kind: 'notice' } };
}

/** One line for the work rooms and on-call. */
export function lostRecordSentence(lost: LostRecord, now: number): string {
  const [first = '', ...others] = lost.problems.map(brief);
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return `The record of my runs is ${isWhat(lost)}: ${first}${more}. ${mirrorsWord(lost.open, lost, now)} ${remedy(lost)}`;
}

/** Somebody put a run into the store; for work rooms and on-call. */
export function strangerSentence(run: string): string {
  return `Somebody wrote a run ${JSON.stringify(run)} into the store who hasn't the journal's key. There is no such run, and nothing of it happens. See who can write to the store; with every Ferry stopped, "ferry journal restore" throws it away.`;
}

function forPeople(lost: LostRecord, here: LostRecord['open'], now: number): string {
  const shown = lost.problems.slice(0, named).map(one => `  ${brief(one)}`);
  const more = lost.problems.length > named ? [`  and ${lost.problems.length - named} more`] : [];
  const open = here.map(run => `  ${runLine(run, now)}`);
  return [
    `The record of my runs is ${isWhat(lost)}, and I can say nothing that is certain:`,
    ...shown,
    ...more,
    mirrorsWord(here, lost, now),
    ...open,
    remedy(lost),
  ].join('\n');
}

function isWhat({ older }: LostRecord): string {
  return older ? 'older than it was' : 'gone';
}

function remedy({ older }: LostRecord): string {
  return older ? whatToDoAboutOlder : whatToDo;
}

function mirrorsWord(open: LostRecord['open'], { lastAt }: LostRecord, now: number): string {
  const when = lastAt === 0 ? '' : `, last written ${sayTime(lastAt, now)}`;
  const outages = open.filter(run => run.outageBegun !== undefined && phaseOf(run) === 'outage').map(run => run.id);
  if (outages.length > 0)
    return `By its copy${when}, ${outages.join(' and ')} ${outages.length === 1 ? 'is' : 'are'} in an outage.`;
  if (open.length > 0)
    return `By its copy${when}, ${open.map(run => run.id).join(', ')} ${open.length === 1 ? 'is' : 'are'} under way, in no outage.`;
  return `By its copy${when}, no run was under way.`;
}

/** Nobody is told that something is up which nobody knows. */
function forUsers({ lastAt }: LostRecord, here: LostRecord['open'], drawing: Drawing, now: number): string {
  const outages = here.filter(run => run.outageBegun !== undefined && phaseOf(run) === 'outage');
  const begin = "Fedora Copr: I can't say what is up, since my record of it is gone; it is being brought back.";
  const when = lastAt === 0 ? '' : ` at ${sayTime(lastAt, now)}`;
  if (outages.length === 0) return `${begin} Its copy knew of no outage${when}.`;
  return `${begin} By its copy${when}:\n${usersStatus(outages, drawing, () => '', lastAt)}`;
}

/** Without what to do, which is said once. */
function brief(problem: string): string {
  return problem
    .replace(/: (?:Redis was wiped|this is another Redis|somebody altered it|store and mirror are older).*$/s, '')
    .replace(/\.$/, '');
}
