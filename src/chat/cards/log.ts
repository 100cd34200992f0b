import type { Entry } from '#core/entries.ts';
import { harmless, plainLine } from '../harmless.ts';
import { sayDate } from '../say-time.ts';
import { askedWords } from './waiting.ts';

/** An entry of the journal as a line for people: who did what, when; undefined for what is of no news to them. */
export function logLine(entry: Entry): string | undefined {
  // When it was written only whoever wrote it says.
  if (entry.type === 'unsealed') return `entry ${entry.seq} bears no seal: somebody wrote it without the journal's key`;
  const words = wordsOf(entry);
  return words === undefined
    ? undefined
    : `${new Date(entry.at).toISOString().slice(5, 19).replace('T', ' ')}  ${words}`;
}

function reason(text: string | null): string {
  return text === null ? '' : `: “${harmless(text)}”`;
}

function wordsOf(entry: Entry): string | undefined {
  switch (entry.type) {
    case 'proposed':
      return `${entry.asker} asked for ${entry.what} of ${entry.targets.map(target => target.name).join(', ')}${reason(entry.because)}`;
    case 'begun':
      return `began ${entry.step}`;
    case 'made':
      return `made ${entry.change}`;
    case 'found':
      return `found done ${entry.change}: ${plainLine(entry.saw)}`;
    case 'refused':
    case 'unknown':
    case 'failed':
      return `${entry.type} ${entry.change}: ${plainLine(entry.sentence)}`;
    case 'finished':
      return `finished ${entry.step}${entry.note === null ? '' : `: ${plainLine(entry.note)}`}`;
    case 'halted':
      return `HALTED ${entry.step}: ${plainLine(entry.sentence)}`;
    case 'requested':
      return `${(entry.skip ?? entry.byHand)?.person ?? ''} asked for ${askedWords(entry)} (${entry.request})${reason((entry.skip ?? entry.byHand)?.because ?? null)}`.trimStart();
    case 'approved':
      return `${entry.person} approved ${entry.gate.toUpperCase()} (${entry.request})`;
    case 'rejected':
      return `${entry.person} rejected ${entry.request}`;
    case 'withdrawn':
      return `${entry.person} took back the approval of ${entry.request}`;
    case 'expired':
      return `${entry.request} expired`;
    case 'voided':
      return `${entry.request} is void: ${entry.why}`;
    case 'not-counted':
      return `not counted on ${entry.request}: ${plainLine(entry.account)}`;
    case 'estate-altered':
      return `the estate's file was altered: ${entry.altered.map(plainLine).join('; ')}`;
    case 'estate-kept':
      if (entry.altered.length === 0) return "the estate's file says again what the run has";
      return `the estate's file was altered, and the run keeps what it has: ${entry.altered.map(plainLine).join('; ')}`;
    case 'started':
    case 'paused':
    case 'resumed':
      return `${entry.person} ${entry.type} the run`;
    case 'outage-waits':
      return `waits for the end of the outage of ${entry.other}`;
    case 'outage-begun':
      return 'the outage begins';
    case 'window-begun':
      return `both instances are kept as they are until ${sayDate(entry.until)}`;
    case 'settled':
      return `${entry.person} ended the time in which both instances are kept`;
    case 'taken':
      return `${entry.person} took ${entry.target}`;
    case 'noted':
      return `${entry.person} noted: “${harmless(entry.text)}”`;
    case 'retried':
      return `${entry.person} said retry: ${entry.step}`;
    case 'done-by-hand':
      return `${entry.person} did ${entry.step} by hand${reason(entry.because)}`;
    case 'skipped':
      return `${entry.person} skipped ${entry.step}${entry.request === null ? '' : ` (${entry.request})`}${reason(entry.because)}`;
    case 'turning-back':
      return `${entry.person} said ${entry.how} of ${entry.targets.join(', ')}${reason(entry.because)}`;
    case 'unseen':
      return `can't see how ${entry.step} stands: ${harmless(entry.sentence)}`;
    case 'turned-back':
      return `the way back: ${entry.nodes.length} steps`;
    case 'told':
      return `told ${entry.item}${entry.by === null ? '' : ` (${entry.by}, by hand)`}`;
    case 'sealed':
      return 'the journal so far was sealed';
    case 'ended':
      return `ended: ${entry.outcome}`;
    case 'unsealed':
    case 'facts':
    case 'facts-checked':
    case 'planned':
    case 'intended':
    case 'posted':
    case 'reminded':
    case 'owed':
      return undefined;
  }
}
