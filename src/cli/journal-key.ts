import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { mirrorRuns, readMirror } from '#adapters/mirror/read-mirror.ts';
import { BadInput } from '#core/errors.ts';
import { type JournalKey, journalKey } from '#core/seal.ts';
import { mirrorFolder } from './mirror-folder.ts';

/** The file of the journal's key in a state folder. */
export function journalKeyFile(state: string): string {
  return join(state, 'journal.key');
}

/**
 * The journal's key: what FERRY_JOURNAL_KEY says, or the file in the state folder. undefined when there is neither.
 *
 * @throws BadInput when it is no key, or others may read the file. The key itself is never shown.
 */
export function findJournalKey(given: string | undefined, state: string): JournalKey | undefined {
  if (given !== undefined && given !== '') {
    const key = journalKey(given.trim());
    if (key !== undefined) return key;
    throw new BadInput(
      'FERRY_JOURNAL_KEY',
      'FERRY_JOURNAL_KEY is no key: 64 hex digits, as "openssl rand -hex 32" prints',
    );
  }
  const file = journalKeyFile(state);
  const text = textOf(file);
  if (text === undefined) return undefined;
  const mode = statSync(file).mode & 0o777;
  if ((mode & 0o077) !== 0) {
    throw new BadInput(
      file,
      `${file} may be read by others (mode ${mode.toString(8)}), and whoever has it can write history: chmod 600 ${file}`,
    );
  }
  const key = journalKey(text.trim());
  if (key === undefined) throw new BadInput(file, `${file} holds no key: 64 hex digits. Put it back from a copy.`);
  return key;
}

/**
 * Makes the file of the key, whole and on the disk or not at all. Where another process was first, its key counts.
 *
 * @throws BadInput as above.
 */
export function makeJournalKey(state: string): JournalKey {
  const file = journalKeyFile(state);
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const whole = `${file}.${randomBytes(6).toString('hex')}`;
  const open = openSync(whole, 'wx', 0o600);
  try {
    writeSync(open, `${randomBytes(32).toString('hex')}\n`);
    fsyncSync(open);
  } finally {
    closeSync(open);
  }
  try {
    // A link is made by one alone, and what it names is complete.
    linkSync(whole, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(whole, { force: true });
  }
  syncFolder(state);
  const key = findJournalKey(undefined, state);
  if (key === undefined) throw new BadInput(file, `${file} went away while it was made`);
  return key;
}

/**
 * The key for reading the mirror alone; nobody's where nothing was ever sealed.
 *
 * @throws BadInput as above, and where there are seals and no key.
 */
export function readingKey(given: string | undefined, state: string): JournalKey {
  const key = findJournalKey(given, state);
  if (key === undefined && hasSeals(mirrorFolder(state))) throw keyIsMissing(state);
  return key ?? nobodysKey();
}

/** Whether any journal in a mirror bears seals. */
export function hasSeals(mirrorDir: string): boolean {
  return mirrorRuns(mirrorDir).some(run => readMirror(mirrorDir, run).texts.some(text => text.includes('"seal":"')));
}

export function keyIsMissing(state: string): BadInput {
  return new BadInput(
    'FERRY_JOURNAL_KEY',
    `the journals of this store are sealed, and their key isn't here: copy journal.key from the state folder of the Ferry that sealed them to ${journalKeyFile(state)} (mode 600), or set FERRY_JOURNAL_KEY to what it holds`,
  );
}

/** A key that nobody else has: what it reads bears no seal of its own. */
export function nobodysKey(): JournalKey {
  const key = journalKey(randomBytes(32).toString('hex'));
  if (key === undefined) throw new Error('no key');
  return key;
}

function textOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new BadInput(file, `${file} can't be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
