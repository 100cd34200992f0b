import { writeDuration } from '#core/duration.ts';
import { canonical, type Json } from '#core/json.ts';
import type { RunSettings } from './settings.ts';

/** Longest text of a value in a line, characters. */
const longest = 160;

/**
 * What differs between two readings of the estate for an environment, a line each: "targets.copr-be-dev.root_gib: 30 → 40".
 * Keys are those of the estate's file. What is absent and what is null are one; a room by its alias may be the one that
 * stands there by its id, so where only one of them is known the two are no difference.
 */
export function alteredSettings(before: RunSettings, now: RunSettings): string[] {
  const lines: string[] = [];
  walk(before as unknown as Json, now as unknown as Json, [], lines);
  return lines;
}

function walk(before: Json | undefined, now: Json | undefined, path: readonly string[], lines: string[]): void {
  if (isDrawn(path)) return;
  if (isRecord(before) && isRecord(now)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(now)]);
    for (const key of keys) walk(before[key], now[key], [...path, key], lines);
    return;
  }
  if (isSame(before ?? usual(path), now ?? usual(path))) return;
  if (Array.isArray(before) && Array.isArray(now)) {
    lines.push(`${keyOf(path)}: ${listWords(before, now)}`);
    return;
  }
  const isTime = path.join('.') === 'aws.snapshotKeep';
  const say = (value: Json | undefined) => (isTime && typeof value === 'number' ? writeDuration(value) : words(value));
  lines.push(`${keyOf(path)}: ${say(before)} → ${say(now)}`);
}

/** What is worked out of other keys, which are told. */
function isDrawn([first, second]: readonly string[]): boolean {
  return first === 'byRole' || (first === 'environment' && second === 'topics');
}

/** What the absence of a setting means, in runs of earlier versions. */
function usual(path: readonly string[]): Json {
  return path[0] === 'targets' && path.length === 3 && path[2] === 'ipv6Moves' ? true : null;
}

function isSame(before: Json, now: Json): boolean {
  if (Array.isArray(before) && Array.isArray(now)) {
    return before.length === now.length && before.every((one, index) => isSame(one, now[index] ?? null));
  }
  if (typeof before === 'string' && typeof now === 'string' && isRoom(before) && isRoom(now)) {
    return before === now || before[0] !== now[0];
  }
  return canonical(before) === canonical(now);
}

/** An id, or an alias whose id may not be known to this process. */
function isRoom(text: string): boolean {
  return /^[!#]\S+$/.test(text);
}

function isRecord(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function listWords(before: readonly Json[], now: readonly Json[]): string {
  const gone = before.filter(one => !now.some(other => isSame(one, other)));
  const come = now.filter(one => !before.some(other => isSame(one, other)));
  if (gone.length === 0 && come.length === 0) return 'in another order, or as often as not before';
  return `${listed(gone)} → ${listed(come)}`;
}

function listed(values: readonly Json[]): string {
  return values.length === 0 ? 'nothing' : short(values.map(words).join(', '));
}

function words(value: Json | undefined): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return listed(value);
  if (isRecord(value))
    return short(
      Object.values(value)
        .filter(one => one !== null)
        .map(words)
        .join(' '),
    );
  return short(String(value));
}

function short(text: string): string {
  const [...all] = text;
  return all.length <= longest ? text : `${all.slice(0, longest).join('')}…`;
}

/** Where the file has it under another name than `snake_case` of the setting's, from the third part on. */
const names: Readonly<Record<string, string>> = {
  nameTag: 'instance_name',
  instanceType: 'type',
  rootGiB: 'root_gib',
  elasticIp: 'elastic_ip.address',
  allocation: 'elastic_ip.allocation',
  group: 'inventory.group',
  groupVars: 'inventory.vars',
  hostsFile: 'inventory.hosts',
  'temporary.host': 'temporary_host',
  'temporary.elasticIp': 'temporary.elastic_ip.address',
  'temporary.allocation': 'temporary.elastic_ip.allocation',
  'temporary.sizeGiB': 'temporary.volume_gib',
  'temporary.sections': 'inventory.temporary',
  'check.signingKey': 'check.key',
};

/** The estate's key of a setting. */
function keyOf(path: readonly string[]): string {
  const [first = '', second = '', ...rest] = path;
  switch (first) {
    case 'targets':
      return rest.length === 0 ? `targets.${second}` : `targets.${second}.${names[rest.join('.')] ?? snake(rest)}`;
    case 'environment':
      if (second === 'tags') return ['tags', ...rest].join('.');
      if (second === 'keygenAddress' || second === 'backendAddresses') return `inventory.${snake([second])}`;
      return [snake([second]), ...(rest.length === 0 ? [] : [snake(rest)])].join('.');
    case 'sshKey':
      return 'FERRY_SSH_KEY_FILE';
    case 'batcave':
      return second === 'program' ? 'batcave.rbac_playbook' : `batcave.${snake([second])}`;
    case 'dns':
      if (second === '') return 'dns.zone';
      return second === 'author' ? 'inventory.author' : `dns.zone.${second === 'zone' ? 'name' : snake([second])}`;
    default:
      return [first, ...(second === '' ? [] : [snake([second, ...rest])])].join('.');
  }
}

function snake(path: readonly string[]): string {
  return path.map(part => part.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`)).join('.');
}
