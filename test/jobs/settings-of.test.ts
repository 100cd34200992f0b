import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readEstate } from '#estate/read-estate.ts';
import type { Estate } from '#estate/schema.ts';
import { awsFacts, oldInstance } from '#jobs/read/aws-facts.ts';
import type { RunSettings } from '#jobs/settings.ts';
import { settingsOf } from '#jobs/settings-of.ts';
import type { ComputeReader } from '#ports/compute.ts';
import { exampleSettings } from '../builders/step-context.ts';

const example = await readEstate(join(import.meta.dirname, '../../estate.example.yaml'));
type Json = { [key: string]: Json } | readonly Json[] | string | number | boolean | undefined;

/** Every key below a value, as a path; of a list its first element stands for all. */
function leaves(value: Json, path: readonly string[] = []): string[][] {
  if (Array.isArray(value)) return value.length === 0 ? [[...path]] : leaves(value[0], [...path, '0']);
  if (typeof value !== 'object') return [[...path]];
  return Object.entries(value).flatMap(([key, one]) => leaves(one, [...path, key]));
}

function changed<T>(value: T, [key, ...rest]: readonly string[]): T {
  if (key === undefined) return (typeof value === 'boolean' ? !value : Array.isArray(value) ? ['x'] : 'x') as T;
  const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>;
  copy[key] = changed(copy[key], rest);
  return copy as T;
}

/** What isn't a run's: which environment and role it is, is how it is found. */
const elsewhere = new Set(['name', 'environment', 'role']);

describe('what a run freezes of the estate', () => {
  const all = (target: string) => {
    const { [target]: one } = example.targets;
    return {
      ...one,
      instance: 'i-068797506af611303',
      mounts: [{ path: '/srv', label: 'a', uuid: 'b', bind: '/c' }],
      inventory: { ...one?.inventory, temporary: [{ file: 'a', section: 'b' }] },
      check: {
        urls: ['https://a'],
        ...{ project: 'a/b', package: 'c', coprConfig: '/d', repository: 'https://e', commit: 'f', key: 'g' },
        ...{ netrc: '/h', user: 'i' },
      },
      temporary: { ...one?.temporary, volume: 'vol-1' },
    } as unknown as Estate['targets'][string];
  };
  const target = all('copr-be-dev');
  const frozen = (estate: Estate) => JSON.stringify(settingsOf(estate, 'dev', 'ssh-ed25519 A'));
  const withTarget = (one: typeof target): Estate => ({ ...example, targets: { ...example.targets, [one.name]: one } });

  it.each(
    leaves(target as unknown as Json)
      .filter(([first = '']) => !elsewhere.has(first))
      .map(path => [path.join('.'), path] as const),
  )('of a target has %s in it', (_name, path) => {
    expect(frozen(withTarget(changed(target, path)))).not.toBe(frozen(withTarget(target)));
  });

  it('has the program that plays playbooks, where it is another', () => {
    const batcave = { ...example.batcave, rbacPlaybook: '/usr/local/bin/play' };
    expect(settingsOf({ ...example, batcave }, 'dev', 'k').batcave.program).toBe('/usr/local/bin/play');
    expect(settingsOf(example, 'dev', 'k').batcave).not.toHaveProperty('program');
  });
});

describe('the instance in use', () => {
  const instance = (id: string, name = 'copr-backend-dev') => ({ id, name, state: 'running' });
  const found = async (meant: string | null, ...ids: string[]) => {
    const settings: RunSettings = await exampleSettings('dev');
    const target = { ...settings.targets['copr-be-dev'], instance: meant } as never;
    const compute = { instances: async () => ids.map(id => instance(id)) } as unknown as ComputeReader;
    return oldInstance(compute, settings, target).then(
      one => one.id,
      error => error.message as string,
    );
  };
  it('is the one that the estate names, where tags name two', async () => {
    expect(await found('i-2', 'i-1', 'i-2')).toBe('i-2');
    expect(await found(null, 'i-1', 'i-2')).toMatch(/both named copr-backend-dev/);
    expect(await found('i-3', 'i-1')).toBe('the estate says i-3, and by its tags copr-backend-dev is i-1');
  });

  it('has the address by the allocation that the estate names', async () => {
    const settings = await exampleSettings('dev');
    const target = settings.targets['copr-be-dev'] as NonNullable<(typeof settings.targets)[string]>;
    const compute = {
      address: async () => ({ allocation: 'eipalloc-other', publicIp: target.elasticIp, instance: 'i-1' }),
      images: async () => [{ id: 'ami-1', name: 'Fedora-Cloud-Base-AmazonEC2.x86_64-43-1.6' }],
      volumes: async () => [],
      volume: async () => ({ id: 'vol-1', sizeGiB: 20 }),
    } as unknown as ComputeReader;
    const old = { id: 'i-1', devices: [{ name: '/dev/sda1', volume: 'vol-1' }], rootDevice: '/dev/sda1', ipv6: [] };
    await expect(awsFacts(compute, settings, target, old as never, 41, null)).rejects.toThrow(
      `${target.elasticIp} is eipalloc-other, the estate says ${target.allocation}`,
    );
  });
});

describe('a data volume', () => {
  const facts = async (says: string, shows: string) => {
    const settings = await exampleSettings('dev');
    const known = settings.targets['copr-keygen-dev'] as NonNullable<(typeof settings.targets)[string]>;
    const target = { ...known, volumes: [{ id: 'vol-1', device: says }], ipv6: null };
    const attachments = [{ instance: 'i-1', device: shows, state: 'attached' }];
    const compute = {
      address: async () => ({ allocation: target.allocation, publicIp: target.elasticIp, instance: 'i-1' }),
      images: async () => [{ id: 'ami-1', name: 'Fedora-Cloud-Base-AmazonEC2.x86_64-43-1.6' }],
      volumes: async () => [{ id: 'vol-1', sizeGiB: 20, attachments, tags: {} }],
      volume: async () => ({ id: 'vol-root', sizeGiB: 20, attachments: [] }),
      securityGroup: async () => ({ id: 'sg-1' }),
    } as unknown as ComputeReader;
    const devices = [{ name: '/dev/sda1', volume: 'vol-root' }];
    const old = {
      id: 'i-1',
      devices,
      rootDevice: '/dev/sda1',
      ipv6: [],
      networkInterface: 'eni-1',
      privateIp: '10.0.0.1',
    };
    return awsFacts(compute, settings, target, old as never, 41, 43).then(
      ({ volumes }) => volumes[0]?.device,
      error => error.message as string,
    );
  };
  it('is the same under both names of its device, and keeps the one that AWS shows', async () => {
    expect(await facts('/dev/sdf', 'sdf')).toBe('sdf');
    expect(await facts('sdf', '/dev/sdf')).toBe('/dev/sdf');
    expect(await facts('/dev/sdf', 'xvdf')).toBe('vol-1 is xvdf on i-1, the estate says /dev/sdf');
  });
});
