import { harmless, shown } from './harmless.ts';
import { nearest } from './nearest.ts';

/** Longest message that is looked at, and longest free text, in characters. */
export const maxMessage = 2_000;
export const maxFreeText = 500;

/** What one message says to us. */
export type Heard =
  | { readonly is: 'nothing' }
  | {
      readonly is: 'command';
      readonly verb: string;
      /** What follows the verb on its line. */
      readonly rest: string;
      /** Said to us by `!ferry` or a mention, so allowed outside work rooms. */
      readonly addressed: boolean;
    }
  | { readonly is: 'refused'; readonly why: string };

export interface Listening {
  readonly verbs: readonly string[];
  /** Names that address us: `ferry`, `@ferry:example.org`. */
  readonly names: readonly string[];
  /** Known targets: an unknown `!word` beside one of them was meant for us. */
  readonly targets: readonly string[];
}

const nothing: Heard = { is: 'nothing' };

/**
 * Finds the command in a message, if there is one: the first line only, beginning with `!verb`, `!ferry verb` or our name.
 * Code, quotes and later lines are never commands. Never throws.
 *
 * @param mentionsUs the message mentions us in the network's own way.
 */
export function hear(text: string, mentionsUs: boolean, listening: Listening): Heard {
  const line = text.slice(0, maxMessage + 1).split(/\r\n|\r|\n/, 1)[0] ?? '';
  if (/^(\s{4}|\t|[`>])/.test(line)) return nothing;
  const said = line.trim();
  const opening = openingOf(said, mentionsUs, listening.names);
  if (opening === undefined) return nothing;
  const { addressed, after } = opening;
  const [, first = '', rest = ''] = /^(\S*)\s*(.*)$/su.exec(after) ?? [];
  const verb = first.toLowerCase();
  const known = listening.verbs.includes(verb);
  if (known && text.length > maxMessage) {
    return { is: 'refused', why: `that is ${text.length} characters long, I read commands of up to ${maxMessage}.` };
  }
  if (known) return { is: 'command', verb, rest: rest.trim(), addressed };
  return unknownVerb(verb, rest, addressed, listening);
}

function unknownVerb(verb: string, rest: string, addressed: boolean, listening: Listening): Heard {
  if (addressed && verb === '') return { is: 'command', verb: 'help', rest: '', addressed };
  const ascii = verb.replace(/[^\x21-\x7e]/gu, '');
  if (ascii !== verb && listening.verbs.includes(ascii)) {
    return { is: 'refused', why: `I read plain ASCII only, and ${shown(verb)} isn't: type !${ascii} by hand.` };
  }
  const beside = rest.split(/\s+/).some(word => listening.targets.includes(word));
  if (!addressed && !beside) return nothing;
  const near = nearest(ascii, listening.verbs);
  const hint = near === undefined ? 'Say !ferry help.' : `Did you mean !${near}?`;
  return { is: 'refused', why: `I don't know ${shown(verb)}. ${hint}` };
}

/** What follows `!` or our name; undefined when the line doesn't address us. */
function openingOf(
  said: string,
  mentionsUs: boolean,
  names: readonly string[],
): { addressed: boolean; after: string } | undefined {
  if (said.startsWith('!')) {
    const word = /^!(\S+)\s*(.*)$/su.exec(said);
    if (word === null) return undefined;
    const [, first = '', rest = ''] = word;
    const called = first.replace(/[:,]$/, '').toLowerCase();
    if (names.some(name => name.toLowerCase() === called)) return { addressed: true, after: rest.replace(/^!/, '') };
    return { addressed: false, after: said.slice(1) };
  }
  for (const name of [...names].sort((a, b) => b.length - a.length)) {
    const called = mentionsUs ? [name, `@${name}`] : [name.startsWith('@') ? name : `@${name}`];
    for (const call of called) {
      if (said.slice(0, call.length).toLowerCase() !== call.toLowerCase()) continue;
      const after = said.slice(call.length);
      if (after === '' || /^[:,]?\s/.test(after)) {
        const words = after.replace(/^[:,]?\s*/, '');
        return { addressed: true, after: words.startsWith('!') ? words.slice(1) : words };
      }
    }
  }
  return undefined;
}

/** Free text as it is kept: one line, nothing invisible. @returns why it is refused, or the text. */
export function freeText(text: string, what: string): { readonly text: string } | { readonly refused: string } {
  if (text.length > maxFreeText) {
    return { refused: `${what} is ${text.length} characters long, at most ${maxFreeText} are kept.` };
  }
  const kept = text
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
    .replace(/\s+/g, ' ')
    .trim();
  return harmless(kept) === '' ? { refused: `${what} is empty: say why, in words.` } : { text: kept };
}
