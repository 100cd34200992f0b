import { canonical } from './json.ts';
import { type JournalKey, openSealed, sealedText } from './seal.ts';

/** How far a run's journal has come: seq and hash of its last entry, and when that was written, ms. */
export interface RecordHead {
  readonly seq: number;
  readonly hash: string;
  readonly at: number;
}

/** How far the journals have come, by run. */
export type RecordHeads = ReadonlyMap<string, RecordHead>;

/** Of so many runs, those that went on last: an older record lacks the newest of all. */
const most = 100;

/** The farther one of each run, of the newest runs. */
export function farthest(...all: readonly RecordHeads[]): RecordHeads {
  const heads = new Map<string, RecordHead>();
  for (const one of all) for (const [run, head] of one) if (head.seq > (heads.get(run)?.seq ?? 0)) heads.set(run, head);
  return new Map([...heads].sort(([, one], [, other]) => other.at - one.at).slice(0, most));
}

/** As it stands where others may write too: sealed, and of one store. */
export function markText(key: JournalKey, store: string, heads: RecordHeads): string {
  const runs = Object.fromEntries([...heads].map(([run, { seq, hash, at }]) => [run, [seq, hash, at]]));
  return sealedText(key, about(store), canonical({ runs }));
}

/** @returns undefined when it isn't this store's, or somebody wrote it who hasn't the key. */
export function readMark(key: JournalKey, store: string, text: string | undefined): RecordHeads | undefined {
  const open = openSealed(key, about(store), text);
  if (open === undefined) return undefined;
  const { runs } = JSON.parse(open) as { readonly runs: Readonly<Record<string, readonly [number, string, number]>> };
  return new Map(Object.entries(runs).map(([run, [seq, hash, at]]) => [run, { seq, hash, at }]));
}

function about(store: string): string {
  return `how far the journals of the store ${store} have come`;
}
