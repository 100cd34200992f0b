import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readEstate } from '#estate/read-estate.ts';
import { retirementFacts } from '#jobs/read/retirement-facts.ts';
import { settingsOf } from '#jobs/settings-of.ts';
import type { ComputeReader } from '#ports/compute.ts';

describe('why an old instance can’t go yet', () => {
  type Seen = Partial<Record<'old' | 'live' | 'aside', object | undefined>> & {
    readonly target?: string;
    readonly hanging?: readonly object[];
    readonly addresses?: readonly object[];
    readonly snapshots?: readonly object[];
    readonly more?: readonly { readonly id: string; readonly ends: string; readonly state?: string }[];
    readonly answers?: readonly object[];
    readonly settings?: object;
  };

  /** An upgraded backend with the old instance i-old, altered where it says. */
  async function reading(seen: Seen = {}) {
    const estate = await readEstate(join(import.meta.dirname, '../../estate.example.yaml'));
    const settings = settingsOf(estate, 'dev', 'ssh-ed25519 A');
    const given = { ...settings.targets[seen.target ?? 'copr-be-dev']!, ...seen.settings };
    const name = given.nameTag;
    const one = (id: string, as: string, more: object = {}) => {
      return { id, name: as, state: 'running', rootDevice: '/dev/xvda', devices: [], ipv6: [], ...more };
    };
    const all = [
      one('i-live', name, seen.live),
      ...('old' in seen && seen.old === undefined ? [] : [one('i-old', `${name}-old`, seen.old)]),
      ...(seen.aside === undefined ? [] : [one('i-aside', `${name}-new`, seen.aside)]),
      ...(seen.more ?? []).map(({ id, ends, ...more }) => one(id, `${name}${ends}`, more)),
    ];
    const compute = {
      instances: async ({ tags }: { tags: Readonly<Record<string, string>> }) =>
        all.filter(it => it.name === tags.Name),
      volumes: async ({ instance, tags }: { instance?: string; tags?: Readonly<Record<string, string>> }) => {
        if (instance !== undefined) return (seen.hanging ?? []).filter(one => (one as { on?: string }).on === instance);
        if (tags?.CoprPurpose !== 'temporary') return [];
        return [
          { id: 'vol-free', state: 'available' },
          { id: 'vol-used', state: 'in-use' },
        ];
      },
      addresses: async ({ instance }: { instance: string }) =>
        (seen.addresses ?? []).filter(address => (address as { on?: string }).on === instance),
      snapshots: async ({ volume }: { volume?: string }) =>
        volume === undefined
          ? []
          : (seen.snapshots ?? [{ id: 'snap-1', state: 'completed', startedAt: 1, tags: clean }]),
    } as unknown as ComputeReader;
    const dns = { resolve: async () => seen.answers ?? [], lifetimes: async () => [] };
    return retirementFacts({ compute, dns } as never, settings, given);
  }

  const clean = { Name: 'x-clean' };
  const problems = async (seen: Seen = {}) => (await reading(seen)).problems;

  it('there is none where its successor runs, nothing hangs on it, and the clean snapshots are completed', async () => {
    const { facts, problems: none } = await reading({
      old: { devices: [{ name: '/dev/xvda', volume: 'vol-root' }] },
      hanging: [{ id: 'vol-root', on: 'i-old' }],
    });
    expect(none).toEqual([]);
    expect(facts.temporaryVolumes, 'one that is in use is no temporary one any more').toEqual(['vol-free']);
  });

  it('its successor doesn’t run', async () => {
    expect(await problems({ live: { state: 'stopped' } })).toEqual(['i-live, its successor, is stopped']);
  });

  it('a volume or an address is still at it, or at one that a run turned back from', async () => {
    const root = { devices: [{ name: '/dev/xvda', volume: 'vol-root' }] };
    expect(await problems({ old: root, hanging: [{ id: 'vol-data', on: 'i-old' }] })).toEqual([
      'vol-data still hangs on i-old',
    ]);
    const address = { publicIp: '192.0.2.7', on: 'i-aside' };
    expect(await problems({ aside: {}, addresses: [address] })).toEqual(['192.0.2.7 is still at i-aside']);
    expect(await problems({ old: undefined, aside: {}, addresses: [address] })).toEqual([
      '192.0.2.7 is still at i-aside',
    ]);
  });

  it('the IPv6 address that moves is still at it', async () => {
    const settings = { ipv6: '2001:db8::7', ipv6Moves: true };
    expect(await problems({ settings, old: { ipv6: ['2001:db8::7'] } })).toEqual(['2001:db8::7 is still at i-old']);
    expect(await problems({ settings, old: { ipv6: ['2001:db8::8'] } })).toEqual([]);
  });

  it('of an address that doesn’t move: a name server still answers with it, or with none at all', async () => {
    const settings = { ipv6: '2001:db8::7', ipv6Moves: false };
    const answers = (...addresses: string[]) => [{ server: 'ns1', addresses }];
    const old = { ipv6: ['2001:db8::7'] };
    expect(await problems({ settings, old, answers: answers('2001:db8::9') })).toEqual([]);
    expect(await problems({ settings, old, answers: answers('2001:db8::7') })).toEqual([
      expect.stringMatching(/^ns1 still answers 2001:db8::7 for .*, which is at i-old$/),
    ]);
    expect(await problems({ settings, old, answers: answers() })).toEqual([
      expect.stringMatching(/^ns1 answers no IPv6 address for /),
    ]);
  });

  it('the newest clean snapshot of a volume isn’t completed, or there is none; what was hot counts for nothing', async () => {
    const snapshot = (id: string, state: string, startedAt: number, tags = clean) => ({ id, state, startedAt, tags });
    const seen = (...snapshots: object[]) => problems({ snapshots });
    expect((await seen(snapshot('snap-1', 'completed', 1), snapshot('snap-2', 'pending', 2)))[0]).toMatch(
      /^snap-2, the clean snapshot of .*, is pending$/,
    );
    expect(await seen(snapshot('snap-1', 'pending', 1), snapshot('snap-2', 'completed', 2))).toEqual([]);
    expect((await seen(snapshot('snap-1', 'completed', 1, { Name: 'x-hot' })))[0]).toMatch(/has no clean snapshot$/);
    const aside = { old: undefined, aside: {}, snapshots: [] };
    expect(await problems(aside), 'of one that only turned back none was taken').toEqual([]);
  });

  it('two are named alike, or none is; those that go already don’t count', async () => {
    const old = (id: string, state?: string) => ({ id, ends: '-old', ...(state && { state }) });
    await expect(reading({ more: [old('i-old2')] })).rejects.toThrow(/^i-old and i-old2 are both named .*-old$/);
    for (const state of ['terminated', 'shutting-down']) {
      expect(await problems({ more: [old('i-old2', state)] })).toEqual([]);
      await expect(reading({ old: { state } })).rejects.toMatchObject({ code: 'nothing-to-retire' });
      await expect(reading({ live: { state } })).rejects.toThrow(/^no instance is named /);
    }
    const live = { id: 'i-live2', ends: '' };
    await expect(reading({ more: [live] })).rejects.toThrow(/^i-live and i-live2 are both named /);
  });
});
