import { BadInput, Refused } from '../errors.ts';
import { bumpedSerial } from './serial.ts';
import { readZone, recordsOf, type ZoneRecord, type ZoneWord } from './zone-file.ts';

/** Where a record stands: the zone's name tells what names without a dot at their end belong to. */
export type ZonePlace = {
  /** The zone's own name, e.g. fedoraproject.org. */
  readonly zone: string;
  /** In the dns repository. */
  readonly file: string;
  /** The whole name whose one AAAA record it is. */
  readonly name: string;
};

/**
 * What is changed of a name's one AAAA record, as data: it stands in a change's arguments, so it is hashed, shown and
 * inverted. Each edit says what it finds, so its inverse is the same edit with both sides swapped.
 */
export type ZoneEdit =
  /** The address; `from` is matched as an address, and `to` is written as it stands here. */
  | { readonly op: 'set-address'; readonly from: string; readonly to: string }
  /** How long resolvers may keep it, as written ("300", "1h"); null: nothing is written, and it is inherited. */
  | { readonly op: 'set-ttl'; readonly from: string | null; readonly to: string | null };

/** A name's one AAAA record as it is written. */
export type AaaaRecord = {
  readonly address: string;
  readonly ttl: string | null;
  /** How long resolvers may keep it. */
  readonly seconds: number;
};

/** The edit that takes an edit back. */
export function invertZoneEdit(edit: ZoneEdit): ZoneEdit {
  return edit.op === 'set-address'
    ? { op: 'set-address', from: edit.to, to: edit.from }
    : { op: 'set-ttl', from: edit.to, to: edit.from };
}

/** @throws Refused `no-such-record`, `ambiguous-record`, `no-ttl`, `unreadable-zone`. */
export function aaaaOf(text: string, place: ZonePlace): AaaaRecord {
  const record = onlyAaaa(text, place);
  const seconds = record.seconds;
  if (seconds === undefined)
    throw new Refused('no-ttl', `${place.file}: no time stands before ${place.name}, and the record has none`);
  return { address: addressOf(record).text, ttl: record.ttl?.text ?? null, seconds };
}

/** Where a record is between an edit's two sides. @throws as `aaaaOf`. */
export function stateOf(text: string, place: ZonePlace, edit: ZoneEdit): 'before' | 'after' | 'other' {
  const { address, ttl } = aaaaOf(text, place);
  const same = (one: string | null) =>
    edit.op === 'set-ttl' ? one === ttl : canonicalIpv6(one ?? '') === canonicalIpv6(address);
  if (same(edit.to)) return 'after';
  return same(edit.from) ? 'before' : 'other';
}

/**
 * The zone file with one record edited and its serial raised; every other byte stays. Where the record is as wanted
 * already, the text comes back unchanged.
 *
 * @param now ms: a serial that is a date becomes today's.
 * @throws Refused `other-record` when it is neither as the edit finds it nor as it wants it; `no-serial`; and as `aaaaOf`.
 */
export function applyZoneEdit(text: string, place: ZonePlace, edit: ZoneEdit, now: number): string {
  const state = stateOf(text, place, edit);
  if (state === 'after') return text;
  const record = onlyAaaa(text, place);
  if (state === 'other') {
    const is = edit.op === 'set-address' ? addressOf(record).text : (record.ttl?.text ?? 'no time of its own');
    throw new Refused('other-record', `${place.file}: ${place.name} has ${is}, not ${edit.from ?? 'none'}`);
  }
  const swaps = [recordSwap(text, record, edit), serialSwap(text, place, now)].sort((a, b) => b.start - a.start);
  const edited = swaps.reduce((now, { start, end, text: to }) => now.slice(0, start) + to + now.slice(end), text);
  aaaaOf(edited, place);
  return neighboursKept(text, edited, place);
}

/**
 * Where a zone has no `$TTL`, a record without a time of its own has that of the one before: such a neighbour gets its own in
 * writing, so that it stays what it was. It keeps it on the way back.
 */
function neighboursKept(before: string, edited: string, { zone, name }: ZonePlace): string {
  const was = recordsOf(before, zone);
  let text = edited;
  for (const [index, { seconds }] of was.entries()) {
    const is = recordsOf(text, zone)[index];
    if (is === undefined || seconds === undefined || is.seconds === seconds) continue;
    if (is.type === 'AAAA' && is.name === name.toLowerCase()) continue;
    text = `${text.slice(0, is.at)}${seconds} ${text.slice(is.at)}`;
  }
  return text;
}

function recordSwap(text: string, record: ZoneRecord, edit: ZoneEdit): ZoneWord {
  if (edit.op === 'set-address') return { ...addressOf(record), text: written(edit.to, /^[0-9a-f:.]+$/i) };
  const { ttl } = record;
  if (edit.to !== null) {
    const to = written(edit.to, /^(?:\d+[smhdw]?)+$/i);
    // One that is new goes before class and type with one blank, so that taking it away again leaves the line as it was.
    return ttl === undefined ? { text: `${to} `, start: record.at, end: record.at } : { ...ttl, text: to };
  }
  if (ttl === undefined) return { text: '', start: record.at, end: record.at };
  const after = /^[ \t]*/.exec(text.slice(ttl.end))?.[0].length ?? 0;
  return { text: '', start: ttl.start, end: ttl.end + after };
}

function written(value: string, form: RegExp): string {
  if (!form.test(value)) throw new BadInput('edit', `"${value}" can't stand in a zone file there`);
  return value;
}

function serialSwap(text: string, { zone, file }: ZonePlace, now: number): ZoneWord {
  const serial = recordsOf(text, zone).find(record => record.type === 'SOA')?.data[2];
  if (serial === undefined || !/^\d{1,10}$/.test(serial.text))
    throw new Refused('no-serial', `${file} has no SOA record with a serial that is a number`);
  return { ...serial, text: String(bumpedSerial(Number(serial.text), now)) };
}

function onlyAaaa(text: string, { zone, file, name }: ZonePlace): ZoneRecord {
  const wanted = name.toLowerCase();
  const { records, generated } = readZone(text, zone);
  const found = records.filter(record => record.type === 'AAAA' && record.name === wanted);
  const [record, second] = found;
  const maker = generated.find(one => one.type === 'AAAA' && one.name.test(wanted));
  if (maker !== undefined)
    throw new Refused(
      'ambiguous-record',
      `${file}: $GENERATE in line ${maker.line} may make an AAAA record of ${name}`,
    );
  if (record === undefined) throw new Refused('no-such-record', `${file} has no AAAA record of ${name}`);
  if (second !== undefined)
    throw new Refused('ambiguous-record', `${file} has ${found.length} AAAA records of ${name}`);
  return record;
}

function addressOf({ name, data }: ZoneRecord): ZoneWord {
  const [address] = data;
  if (address === undefined || canonicalIpv6(address.text) === undefined)
    throw new Refused('unreadable-zone', `the AAAA record of ${name} has no IPv6 address`);
  return address;
}

/** The one way to write an address; undefined when it is none. */
export function canonicalIpv6(address: string): string | undefined {
  const url = `http://[${address}]/`;
  return URL.canParse(url) ? new URL(url).hostname.slice(1, -1) : undefined;
}
