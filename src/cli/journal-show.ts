import { compareStore } from '#adapters/redis-journal/compare-store.ts';
import type { Entry } from '#core/entries.ts';
import type { OpenStore } from './open-store.ts';
import { exit } from './subcommand.ts';

/** Prints a run's entries from the store, or from the mirror where it holds more. */
export async function showJournal(store: OpenStore, run: string, json: boolean): Promise<number> {
  const { stored, mirrored, old } = await compareStore(store, run);
  const entries = stored.length >= mirrored.length ? stored : mirrored;
  if (entries.length === 0) {
    process.stderr.write(`ferry journal: there is no run ${run}\n`);
    return exit.failed;
  }
  if (entries === mirrored) {
    process.stderr.write(`${run} is shown from the mirror: the store has ${stored.length} of its entries\n`);
  }
  if (old)
    process.stderr.write(`${run} bears no seals: "ferry journal seal" seals it, where it is as it was mirrored\n`);
  for (const { entry: read, text } of entries) {
    const entry = old ? (JSON.parse(text) as Entry) : read;
    process.stdout.write(`${json ? JSON.stringify(entry) : line(entry, text)}\n`);
  }
  return exit.done;
}

/** seq, UTC time, type and the essentials of an entry. What people wrote is quoted: no control character reaches a terminal. */
export function line(entry: Entry, text = ''): string {
  if (entry.type === 'unsealed') return `${String(entry.seq).padStart(4)} NOT SEALED, not believed: ${brief(text)}`;
  const { v: _v, seq, at, prev: _prev, seal: _seal, type, cause: _cause, ...rest } = entry;
  const essentials = Object.entries(rest)
    .filter(([, value]) => !isEmpty(value))
    .map(([name, value]) => `${name}=${brief(value)}`);
  return [String(seq).padStart(4), new Date(at).toISOString().replace('T', ' '), type, ...essentials].join(' ');
}

const longest = 80;

function isEmpty(value: unknown): boolean {
  return value === null || value === '' || (typeof value === 'object' && Object.keys(value).length === 0);
}

/** Lists are shown by the names of what is in them, where they have names and aren't long. */
function brief(value: unknown): string {
  if (Array.isArray(value)) {
    const names = value.map(nameOf);
    return names.length <= 6 && names.every(name => name !== undefined) ? `[${names.join(' ')}]` : `[${names.length}]`;
  }
  if (typeof value === 'object') return brief(JSON.stringify(value));
  const text = String(value);
  const short = text.length <= longest ? text : `${text.slice(0, longest)}…`;
  // JSON.stringify leaves DEL, C1 and bidirectional controls as they are.
  return /^[\w./:@+-]*$/.test(short)
    ? short
    : JSON.stringify(short).replace(/[^\x20-\x7e…]/g, one => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function nameOf(one: unknown): string | undefined {
  if (typeof one === 'string') return brief(one);
  if (typeof one !== 'object' || one === null) return undefined;
  const { name, gate, id, key } = one as Record<string, unknown>;
  const found = name ?? gate ?? id ?? key;
  return typeof found === 'string' ? brief(found) : undefined;
}
