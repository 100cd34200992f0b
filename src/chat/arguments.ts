import { BadInput } from '#core/errors.ts';
import { shown } from './harmless.ts';
import { nearest } from './nearest.ts';
import { freeText } from './parse.ts';

/** Which arguments a command takes. What isn't named isn't taken. Order among them is free. */
export interface Takes {
  readonly run?: true;
  readonly target?: 'one' | 'many';
  readonly environment?: true;
  readonly step?: true;
  /** `to 43`. */
  readonly release?: true;
  readonly because?: 'may' | 'must';
  /** Everything after the run is free text. */
  readonly text?: 'may' | 'must';
  /** Literal words, e.g. `by-hand`. */
  readonly words?: readonly string[];
  /** One word of the command's own (a command's name). */
  readonly word?: true;
  /** An announcement as it is listed, `over/mail/devel@lists.example.org`: taken as `word`, and looked up among what is owed. */
  readonly item?: true;
}

export interface Args {
  readonly run: string | undefined;
  readonly targets: readonly string[];
  readonly environment: string | undefined;
  readonly step: string | undefined;
  readonly release: number | undefined;
  readonly because: string | undefined;
  readonly text: string | undefined;
  readonly words: readonly string[];
  readonly word: string | undefined;
}

export interface KnownNames {
  readonly targets: readonly string[];
  readonly environments: readonly string[];
}

type Draft = { -readonly [K in keyof Args]: Args[K] } & { targets: string[]; words: string[] };

/** A name: what Ferry itself calls things. Nothing else gets past this grammar. */
const name = /^[a-z0-9][a-z0-9.#/-]{0,99}$/i;

/** What it is about and how it goes, then a room's or a list's own name, whose signs are not ours. */
const item = /^[a-z][a-z-]{0,39}\/[a-z]{1,20}(?:\/[!#@a-z0-9][a-z0-9.:@_=+/-]{0,254})?$/i;

/**
 * Reads a command's arguments: printable ASCII words, each of which must be what the command takes.
 *
 * @throws BadInput one sentence that names the argument and, where one is near, what was meant.
 */
export function readArgs(rest: string, takes: Takes, known: KnownNames): Args {
  const draft: Draft = {
    run: undefined,
    targets: [],
    environment: undefined,
    step: undefined,
    release: undefined,
    because: undefined,
    text: undefined,
    words: [],
    word: undefined,
  };
  if (takes.text) return readText(rest, takes, known, draft);
  const { head, because } = splitBecause(rest);
  readWords(head, takes, known, draft);
  if (because !== undefined) {
    if (takes.because === undefined) throw new BadInput('because', `this command takes no “because”.`);
    draft.because = kept(because, 'the reason');
  }
  if (takes.because === 'must' && draft.because === undefined)
    throw new BadInput('because', 'say why: … because TEXT.');
  return draft;
}

function splitBecause(rest: string): { head: string; because: string | undefined } {
  const found = /(?:^|\s)because(?:\s|$)/i.exec(rest);
  if (found === null) return { head: rest, because: undefined };
  return { head: rest.slice(0, found.index), because: rest.slice(found.index + found[0].length) };
}

function readText(rest: string, takes: Takes, known: KnownNames, draft: Draft): Args {
  const [, first = '', after = ''] = /^(\S*)\s*(.*)$/su.exec(rest) ?? [];
  const isRun = takes.run === true && isRunId(first, known);
  if (isRun) draft.run = first;
  const text = (isRun ? after : rest).trim();
  if (text !== '' || takes.text === 'must') draft.text = kept(text, 'the text');
  return draft;
}

function kept(text: string, what: string): string {
  const free = freeText(text, what);
  if ('refused' in free) throw new BadInput(what, free.refused);
  return free.text;
}

function readWords(head: string, takes: Takes, known: KnownNames, draft: Draft): void {
  const words = head.split(/\s+/).filter(word => word !== '');
  if (words.length > 20) throw new BadInput('arguments', `that are ${words.length} arguments, I read at most 20.`);
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    checkAscii(word, known);
    const lower = word.toLowerCase();
    if (lower === 'to' && takes.release) {
      index += 1;
      draft.release = readRelease(words[index] ?? '');
    } else if (takes.release && (lower === 'for' || lower === 'at')) {
      throw new BadInput(lower, `not yet: “${lower} …” (outages with a date or an announced length) comes later.`);
    } else {
      readName(word, takes, known, draft);
    }
  }
}

function readRelease(word: string): number {
  if (!/^[0-9]{2,3}$/.test(word))
    throw new BadInput('to', `“to” wants a Fedora release, like “to 43”, not ${shown(word)}.`);
  return Number(word);
}

function readName(word: string, takes: Takes, known: KnownNames, draft: Draft): void {
  if (takes.item && draft.word === undefined && item.test(word)) {
    draft.word = word;
    return;
  }
  if (!name.test(word)) throw new BadInput(word.slice(0, 60), `${shown(word)} isn't a name that I know.`);
  if (known.targets.includes(word)) {
    if (takes.target === undefined) throw new BadInput(word, `this command takes no target, and ${word} is one.`);
    if (takes.target === 'one' && draft.targets.length > 0) throw new BadInput(word, 'one target at a time.');
    if (!draft.targets.includes(word)) draft.targets.push(word);
    return;
  }
  if (known.environments.includes(word)) {
    if (!takes.environment) throw new BadInput(word, `this command takes no environment, and ${word} is one.`);
    if (draft.environment !== undefined) throw new BadInput(word, 'one environment at a time.');
    draft.environment = word;
    return;
  }
  if (isRunId(word, known)) {
    if (!takes.run) throw new BadInput(word, `this command takes no run, and ${word} looks like one.`);
    if (draft.run !== undefined) throw new BadInput(word, 'one run at a time.');
    draft.run = word;
    return;
  }
  if (takes.words?.includes(word.toLowerCase())) {
    draft.words.push(word.toLowerCase());
    return;
  }
  if (takes.step && draft.step === undefined && !looksLikeTarget(word, known)) {
    draft.step = word;
    return;
  }
  if (takes.word && draft.word === undefined) {
    draft.word = word;
    return;
  }
  throw unknownName(word, takes, known);
}

function unknownName(word: string, takes: Takes, known: KnownNames): BadInput {
  const candidates = [
    ...(takes.target === undefined ? [] : known.targets),
    ...(takes.environment ? known.environments : []),
    ...(takes.words ?? []),
  ];
  const near = nearest(word, candidates);
  const hint =
    near !== undefined ? ` Did you mean ${near}?` : candidates.length > 0 ? ` I know ${candidates.join(', ')}.` : '';
  return new BadInput(word, `I don't know ${shown(word)} here.${hint}`);
}

/** A misspelt target must not pass as the name of a step. */
function looksLikeTarget(word: string, known: KnownNames): boolean {
  return nearest(word, known.targets) !== undefined;
}

/** `dev-12`: a known environment and a number. */
function isRunId(word: string, known: KnownNames): boolean {
  const match = /^([a-z][a-z0-9-]*)-([1-9][0-9]{0,8})$/.exec(word);
  return match !== null && known.environments.includes(match[1] ?? '');
}

/** @throws BadInput for anything but printable ASCII: look-alikes, direction marks, zero-width and control characters. */
function checkAscii(word: string, known: KnownNames): void {
  if (/^[\x21-\x7e]+$/.test(word)) return;
  const plain = word.normalize('NFKD').replace(/[^\x21-\x7e]/gu, '');
  const near = nearest(plain, [...known.targets, ...known.environments]);
  const hint = near === undefined ? '' : ` Did you mean ${near}? Type it by hand.`;
  throw new BadInput(
    word.slice(0, 60),
    `${shown(word)} holds a character that isn't plain ASCII, so I won't guess.${hint}`,
  );
}
