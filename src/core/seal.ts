import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { Entry, NewEntry } from './entries.ts';
import { hashOfText } from './hash.ts';
import { canonical } from './json.ts';

/** The key under which a journal's entries are sealed. The store never has it; printing it shows nothing. */
export type JournalKey = KeyObject;

/** An entry as it is stored: its canonical JSON and the hash over it. */
export interface Placed {
  readonly entry: Entry;
  readonly text: string;
  readonly hash: string;
}

/** Of a seal in hex. */
const sealLength = 64;

/** A key from its 64 hex digits; undefined when the text is none. */
export function journalKey(text: string): JournalKey | undefined {
  return /^[0-9a-f]{64}$/i.test(text) ? createSecretKey(text, 'hex') : undefined;
}

/** Tells keys apart, and nothing else about them: 16 hex digits. */
export function keyName(key: JournalKey): string {
  return mac(key, 'the name of a journal key').slice(0, 16);
}

/**
 * Seals something else than an entry that only who has the key may say, such as a position or a note in the store.
 *
 * @param what which thing it is: a seal of one never fits another.
 */
export function sealOf(key: JournalKey, what: string, text: string): string {
  return mac(key, canonical({ what, text }));
}

/** A text with its seal, for a place where others may write. */
export function sealedText(key: JournalKey, what: string, text: string): string {
  return `${sealOf(key, what, text)} ${text}`;
}

/** The text again; undefined when nothing is there, or somebody else wrote it. */
export function openSealed(key: JournalKey, what: string, sealed: string | null | undefined): string | undefined {
  if (sealed === null || sealed === undefined) return undefined;
  const text = sealed.slice(sealLength + 1);
  return isSame(sealed, sealedText(key, what, text)) ? text : undefined;
}

/**
 * Gives entries their place in a run's chain after a head, and the seal over all that they then say: version, seq, time, the
 * hash of the entry before, and the run.
 *
 * @param head of the run, by the entry that they follow. @param at store time in ms, the same for all.
 * @throws TypeError when an entry holds what JSON can't.
 */
export function sealEntries(
  key: JournalKey,
  run: string,
  head: { readonly seq: number; readonly hash: string },
  entries: readonly NewEntry[],
  at: number,
): readonly Placed[] {
  const placed: Placed[] = [];
  let { seq, hash } = head;
  for (const entry of entries) {
    seq += 1;
    const bare = { ...entry, v: 1, seq, at, prev: hash };
    const text = canonical({ ...bare, seal: entrySeal(key, run, canonical(bare)) });
    hash = hashOfText(text);
    placed.push({ entry: JSON.parse(text) as Entry, text, hash });
  }
  return placed;
}

/**
 * Reads entries as they stand in the store or the mirror. One without the right seal, or in another place than its own, is
 * given as `unsealed`: nothing that it says is believed.
 *
 * Entries of before there were seals bear none. They count where one of type `sealed` follows: it bears a seal, and its
 * chain of hashes leads to them.
 *
 * @param first seq that the first text must have. @param texts in order of their places, to the journal's end.
 */
export function readEntries(key: JournalKey, run: string, first: number, texts: readonly string[]): Placed[] {
  const read = texts.map((text, index) => readOne(key, run, first + index, text));
  const placed: Placed[] = [];
  /** Hash of the entry before that a later `sealed` vouches for. */
  let vouched: string | undefined;
  for (let index = read.length - 1; index >= 0; index -= 1) {
    const { entry, text = '', hash = '', state } = read[index] ?? {};
    const counts = state === 'right' || (state === 'bare' && hash === vouched);
    vouched = counts && (state === 'bare' || entry?.type === 'sealed') ? entry?.prev : undefined;
    const unsealed = {
      type: 'unsealed',
      v: 1,
      seq: first + index,
      at: 0,
      prev: '',
      hash,
      bare: state === 'bare',
    } as const;
    placed.push({ entry: counts && entry !== undefined ? entry : unsealed, text, hash });
  }
  return placed.reverse();
}

interface ReadOne {
  readonly entry: Entry | undefined;
  readonly text: string;
  readonly hash: string;
  readonly state: 'right' | 'bare' | 'wrong';
}

function readOne(key: JournalKey, run: string, place: number, text: string): ReadOne {
  const hash = hashOfText(text);
  const entry = parsed(text);
  if (entry?.seq !== place) return { entry: undefined, text, hash, state: 'wrong' };
  const { seal, ...bare } = entry as Entry & { readonly seal?: unknown };
  // What is judged is what is acted on: a text that can be read in two ways is neither.
  if (canonical(entry) !== text) return { entry: undefined, text, hash, state: 'wrong' };
  if (seal === undefined) return { entry, text, hash, state: 'bare' };
  const right = typeof seal === 'string' && isSame(seal, entrySeal(key, run, canonical(bare)));
  return { entry, text, hash, state: right ? 'right' : 'wrong' };
}

/** Undefined, or whatever JSON it is: of an entry it has the form only where its place and its seal are right. */
function parsed(text: string): Entry | null | undefined {
  try {
    return JSON.parse(text) as Entry | null;
  } catch {
    return undefined;
  }
}

/** `bare` is canonical, and so is what stands around it. */
function entrySeal(key: JournalKey, run: string, bare: string): string {
  return mac(key, `{"entry":${bare},"run":${JSON.stringify(run)}}`);
}

function mac(key: JournalKey, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex');
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
