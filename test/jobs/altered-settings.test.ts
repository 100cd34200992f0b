import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { parseEstate } from '#estate/read-estate.ts';
import { alteredSettings } from '#jobs/altered-settings.ts';
import { settingsOf } from '#jobs/settings-of.ts';
import { settingsOfSchema } from '../docs/settings-of-schema.ts';

const text = readFileSync(join(import.meta.dirname, '../../estate.example.yaml'), 'utf8');
const read = (yaml: string) => settingsOf(parseEstate(yaml, 'estate.yaml'), 'dev', 'ssh-ed25519 A');
const frozen = read(text);

/** What a run hears of a change of the example's file. */
function heard(path: readonly (string | number)[], value: unknown): string[] {
  const document = parseDocument(text);
  document.setIn(path, value);
  return alteredSettings(frozen, read(document.toString()));
}

type Json = { readonly [key: string]: Json } | readonly Json[] | string | number | boolean | null;

/** Each setting that a run freezes, by its path, with something else in its place. */
function eachAltered(value: Json, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path];
  return Object.entries(value).flatMap(([key, one]) => eachAltered(one, [...path, key]));
}

function put(value: Json, [key, ...rest]: readonly string[]): Json {
  if (key === undefined) return Array.isArray(value) ? ['else'] : 'else';
  return { ...(value as object), [key]: put((value as Record<string, Json>)[key] as Json, rest) };
}

describe('what an altered estate means for a run', () => {
  it.each([
    [['targets', 'copr-be-dev', 'root_gib'], 40, 'targets.copr-be-dev.root_gib: 30 → 40'],
    [['targets', 'copr-be-dev', 'type'], 't3a.large', 'targets.copr-be-dev.type: t3a.medium → t3a.large'],
    [
      ['targets', 'copr-be-dev', 'volumes', 0, 'device'],
      '/dev/sdk',
      'targets.copr-be-dev.volumes: vol-0860700f1b82314b5 /dev/sdd → vol-0860700f1b82314b5 /dev/sdk',
    ],
    [['targets', 'copr-be-dev', 'temporary', 'volume_gib'], 20, 'targets.copr-be-dev.temporary.volume_gib: 10 → 20'],
    [['environments', 'dev', 'options', 'power_off_old'], true, 'options.power_off_old: false → true'],
    [['environments', 'dev', 'tags', 'CoprInstance'], 'other', 'tags.CoprInstance: devel → other'],
    [['aws', 'snapshot_keep'], '6d', 'aws.snapshot_keep: 5d → 6d'],
    [
      ['roles', 'keygen', 'services'],
      ['signd.service'],
      expect.stringMatching(/^targets\.copr-keygen-dev\.services: /),
    ],
    [['dns', 'zone', 'low_ttl'], '90s', 'dns.zone.low_ttl: 60 → 90'],
  ] as const)('%j is told as the file names it', (path, value, line) => {
    expect(heard(path, value)).toEqual([line]);
  });

  it.each([
    [
      ['environments', 'dev', 'approvers'],
      ['alice', 'bob'],
    ],
    [['environments', 'dev', 'settle_for'], '2h'],
    [['environments', 'prod', 'options', 'reboot_test'], true],
    [['targets', 'copr-fe', 'root_gib'], 200],
    [['timing', 'people', 'remind'], '20m'],
  ] as const)('%j is of no matter to its plan', (path, value) => {
    expect(heard(path, value)).toEqual([]);
  });

  it('names a target that is gone', () => {
    const document = parseDocument(text);
    document.deleteIn(['targets', 'copr-keygen-dev']);
    const [line] = alteredSettings(frozen, read(document.toString()));
    expect(line).toMatch(/^targets\.copr-keygen-dev: .* → nothing$/);
  });

  it('takes an alias for the room that it may be, and other rooms for others', () => {
    const room = (rooms: readonly string[]) => {
      const begins = { ...frozen.environment.announce.begins, rooms };
      return {
        ...frozen,
        environment: { ...frozen.environment, announce: { ...frozen.environment.announce, begins } },
      };
    };
    expect(alteredSettings(room(['#a:b']), room(['!id:b']))).toEqual([]);
    expect(alteredSettings(room(['!id:b']), room(['#a:b']))).toEqual([]);
    expect(alteredSettings(room(['#a:b']), room(['#c:b']))).toEqual(['announce.begins.rooms: #a:b → #c:b']);
    expect(alteredSettings(room(['#a:b']), room(['!id:b', '!other:b']))).not.toEqual([]);
  });

  it('knows what an absent setting of an earlier version meant', () => {
    const target = frozen.targets['copr-be-dev'] as NonNullable<(typeof frozen.targets)[string]>;
    const { ipv6Moves: _, instance: __, certificate: ___, ...older } = { ...target, certificate: null };
    const before = { ...frozen, targets: { ...frozen.targets, 'copr-be-dev': older } };
    const now = { ...frozen, targets: { ...frozen.targets, 'copr-be-dev': { ...target, certificate: null } } };
    expect(alteredSettings(before, now)).toEqual([]);
  });

  it('tells each setting that a run freezes by a key of the file', () => {
    const known = new Set(settingsOfSchema().map(({ path }) => path));
    const plain = frozen as unknown as Json;
    const drawn = (path: readonly string[]) => path[0] === 'byRole' || path[1] === 'topics';
    for (const path of eachAltered(plain)) {
      const lines = alteredSettings(frozen, put(plain, path) as unknown as typeof frozen);
      expect(lines, path.join('.')).toHaveLength(drawn(path) ? 0 : 1);
      const [key = ''] = lines[0]?.split(': ') ?? [];
      if (drawn(path) || path[0] === 'sshKey') continue;
      const named = key
        .replace(/^targets\.[^.]+/, 'targets.NAME')
        .replace(/^(options|announce|inventory\.(?:keygen|backend))/, 'environments.NAME.$1')
        .replace(/^tags\..*/, 'aws.tags')
        .replace(/\.announce\.[a-z]+/, '.announce.EVENT');
      if (['environments.NAME.name', 'batcave.host', 'targets.NAME.name'].includes(named) || path[1] === 'name')
        continue;
      expect(known, `${path.join('.')} as ${named}`).toContain(named);
    }
  });
});
