import { stripVTControlCharacters } from 'node:util';
import { readResult } from './play-result.ts';

/** Counts of one host in a PLAY RECAP. */
export interface Recap {
  readonly host: string;
  readonly ok: number;
  readonly changed: number;
  readonly unreachable: number;
  readonly failed: number;
  readonly rescued: number;
}

/** What one task came to on one host. The items of a loop are one result; it failed where an item did. */
export interface TaskResult {
  /** As `TASK [role : …]` names it; undefined for a task outside of roles. */
  readonly role: string | undefined;
  /** In one line. */
  readonly task: string;
  readonly handler: boolean;
  readonly host: string;
  /** It was done on another host for this one (`delegate_to`): `[h -> other]`. Of a loop: an item was. */
  readonly delegated: boolean;
  readonly status: 'ok' | 'failed' | 'unreachable';
  /** It failed and the play went on all the same, by `ignore_errors` or `ignore_unreachable`. */
  readonly ignored: boolean;
  /** Of a failure: what the module said, in one line; of a loop, of each item that failed. */
  readonly messages: readonly string[];
  /** Of a loop: the first item that failed, as printed. */
  readonly item?: string;
  /** Where it stands: [header of the task, after the result), lines from 0. */
  readonly from: number;
  readonly to: number;
}

export interface PrintedPlay {
  /** Without colours and carriage returns. */
  readonly lines: readonly string[];
  readonly results: readonly TaskResult[];
  readonly recap: readonly Recap[];
  /** The recap was printed: the play is over. */
  readonly ended: boolean;
  /** What Ansible itself said instead of playing on, in one line. */
  readonly error: string | undefined;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };
interface Title {
  readonly role: string | undefined;
  readonly task: string;
  readonly handler: boolean;
  readonly from: number;
}

const header = /^(?:TASK|RUNNING HANDLER|CLEANUP TASK) \[/;
const banner = /^(TASK|RUNNING HANDLER|CLEANUP TASK) \[([\s\S]*?)\](?: \[CHECK MODE\])? \*+\s*$/;
const hostOf = String.raw`\[([^\]]+?)( -> [^\]]*)?\]`;
const well = new RegExp(`^(?:ok|changed|skipping): ${hostOf}`);
const fatal = new RegExp(`^fatal: ${hostOf}: (FAILED|UNREACHABLE)! =>(.*)$`);
const item = new RegExp(`^failed: ${hostOf} \\(item=(.*)$`);
const errorLine = /^(?:ERROR!|\[ERROR\]:) /;
const counts = /^(\S+)\s*: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)(?:.*?\srescued=(\d+))?/;

/** A task's name may have a line's end in it; one that goes on for longer is none. */
const longestName = 10;

/**
 * Reads what ansible-playbook prints by its `default` callback, line by line. Lines of other callbacks in between
 * (`profile_tasks`, `profile_roles`, `logdetail`) belong to nothing. Source: what 2.14, 2.16 and 2.19 printed (`test/plays`).
 */
export function readPrinted(output: string): PrintedPlay {
  const lines = stripVTControlCharacters(output).replaceAll('\r', '').split('\n');
  const results: Writable<TaskResult>[] = [];
  const recap: Recap[] = [];
  let title: Title = { role: undefined, task: '', handler: false, from: 0 };
  let ended = false;
  let error: string | undefined;
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (header.test(line)) {
      const named = titleAt(lines, at);
      if (named === undefined) continue;
      title = named.title;
      at = named.last;
    } else if (/^PLAY RECAP \*/.test(line)) ended = true;
    else if (/^\.\.\.ignoring\s*$/.test(line)) ignore(results, title);
    else if (errorLine.test(line)) {
      const said = line.replace(errorLine, '').trim();
      const own = resultOf(lines, at, said);
      if (own === undefined) error ??= said.slice(0, 300);
      else at = own - 1;
    } else {
      at = takeResult(lines, at, title, results);
      const row = ended ? counts.exec(line) : null;
      if (row !== null) recap.push(recapOf(row));
    }
  }
  return { lines, results, recap, ended, error };
}

/**
 * From 2.19 on what a module said is printed as it is before the result that holds it, and may look like anything: nothing
 * counts until the result that says the same. @returns its line; undefined where it is an error of Ansible itself.
 */
function resultOf(lines: readonly string[], at: number, said: string): number | undefined {
  const wanted = said
    .replace(/^Task failed: (?:(?:Action|Module) failed: )?/, '')
    .slice(0, 60)
    .trim();
  for (let index = at + 1; index < lines.length; index += 1) {
    const rest = resultBehind(lines[index] ?? '');
    if (rest === undefined) continue;
    const { message, censored } = readResult(rest, lines.slice(index + 1));
    if (censored || message?.replaceAll(/\s+/g, ' ').includes(wanted)) return index;
  }
  return undefined;
}

function resultBehind(line: string): string | undefined {
  const [, , , , rest] = fatal.exec(line) ?? [];
  if (rest !== undefined) return rest;
  const [, host, , behind = ''] = item.exec(line) ?? [];
  return host === undefined ? undefined : itemAndResult(behind)[1];
}

/**
 * Without the errors that come before a result, which says the same: they are printed even where `no_log` hides the result.
 */
export function withoutErrors(lines: readonly string[]): string[] {
  const kept: string[] = [];
  let inside = false;
  for (const line of lines) {
    if (/^\[ERROR\]: Task failed/.test(line)) inside = true;
    else if (resultBehind(line) !== undefined || header.test(line) || /^PLAY /.test(line)) {
      // The lines may begin in the middle of an error.
      if (/"?censored"?: /.test(line) && !kept.some(one => header.test(one))) kept.length = 0;
      inside = false;
    }
    if (!inside) kept.push(line);
  }
  return kept;
}

/** @returns the last line that it took. */
function takeResult(lines: readonly string[], at: number, title: Title, results: Writable<TaskResult>[]): number {
  const line = lines[at] ?? '';
  const [, fine, fineOn] = well.exec(line) ?? [];
  const { role, task, handler, from } = title;
  const common = { role, task, handler, from, ignored: false };
  if (fine !== undefined) {
    // An item of a loop that went well says nothing of the others.
    const same = ofLoop(results, title, fine);
    if (same === undefined)
      results.push({ ...common, host: fine, delegated: fineOn !== undefined, status: 'ok', messages: [], to: at + 1 });
    else same.delegated ||= fineOn !== undefined;
    return at;
  }
  const [, host, on, kind, rest] = fatal.exec(line) ?? [];
  if (host !== undefined && kind !== undefined) {
    const { message, lines: more } = readResult(rest ?? '', lines.slice(at + 1));
    const status = kind === 'FAILED' ? 'failed' : 'unreachable';
    const to = at + more + 1;
    const delegated = on !== undefined;
    results.push({ ...common, host, delegated, status, messages: [message ?? kind.toLowerCase()], to });
    return to - 1;
  }
  const [, looped, loopedOn, behind = ''] = item.exec(line) ?? [];
  if (looped === undefined) return at;
  const [name, result] = itemAndResult(behind);
  const { message, unreachable, lines: more } = readResult(result, lines.slice(at + 1));
  const to = at + more + 1;
  const status = unreachable ? 'unreachable' : 'failed';
  const same = ofLoop(results, title, looped);
  const messages = [...(same?.messages ?? []), message ?? status];
  const delegated = same?.delegated === true || loopedOn !== undefined;
  const failure = { delegated, status, messages, item: name, to } as const;
  if (same === undefined) results.push({ ...common, host: looped, ...failure });
  else Object.assign(same, failure, same.status === 'ok' ? {} : { item: same.item, status: same.status });
  return to - 1;
}

/** The result of the same task on the host, when the last one of the host is of it. */
function ofLoop(results: readonly Writable<TaskResult>[], title: Title, host: string) {
  const last = results.findLast(one => one.host === host);
  return last?.from === title.from ? last : undefined;
}

/** An item may hold ") => " itself: the result is what can be read, or nothing where it stands below. */
function itemAndResult(behind: string): [item: string, result: string] {
  for (let cut = behind.indexOf(') =>'); cut >= 0; cut = behind.indexOf(') =>', cut + 1)) {
    const rest = behind.slice(cut + 4).trim();
    if (rest === '' || rest.startsWith('{')) return [behind.slice(0, cut), rest];
  }
  return [behind, ''];
}

/** The line below a failure names no host: it is of the last one, or (a loop) of the first of its task that has none yet. */
function ignore(results: readonly Writable<TaskResult>[], title: Title): void {
  const open = results.filter(one => one.from === title.from && one.status !== 'ok' && !one.ignored);
  const one = open.at(-1)?.item === undefined ? open.at(-1) : open[0];
  if (one !== undefined) one.ignored = true;
}

function titleAt(lines: readonly string[], at: number): { title: Title; last: number } | undefined {
  for (let last = at; last < Math.min(lines.length, at + longestName); last += 1) {
    const [, kind, whole] = banner.exec(lines.slice(at, last + 1).join('\n')) ?? [];
    if (whole === undefined) continue;
    const [, role, name] = /^(\S+) : ([\s\S]*)$/.exec(whole) ?? [];
    const task = (name ?? whole).replaceAll(/\s+/g, ' ').trim();
    return { title: { role, task, handler: kind === 'RUNNING HANDLER', from: at }, last };
  }
  return undefined;
}

function recapOf([, host = '', ...numbers]: RegExpExecArray): Recap {
  const [ok = 0, changed = 0, unreachable = 0, failed = 0, rescued = 0] = numbers.map(one => Number(one ?? 0));
  return { host, ok, changed, unreachable, failed, rescued };
}
