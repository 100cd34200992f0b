import { expect, it } from 'vitest';
import { carriesFileSystems } from '#jobs/verify/carries-file-systems.ts';
import { scriptedReaders } from '../fakes/scripted-ports.ts';

const host = { instance: 'i-old' };

/** One that the estate names by its label, seen on the old host with its UUID; one by its UUID; and a folder of the first. */
const here = {
  target: {
    mounts: [
      { path: '/srv/copr-fe', label: 'copr-fe', uuid: null, bind: null },
      { path: '/srv/dumps', label: null, uuid: 'uuid-dumps', bind: null },
      { path: '/var/lib/pgsql', label: null, uuid: null, bind: '/srv/copr-fe/pgsqldb' },
    ],
  },
  facts: { fileSystems: [{ path: '/srv/copr-fe', uuid: 'uuid-fe' }] },
} as unknown as Parameters<typeof carriesFileSystems>[2];

const device = (name: string, volume: string | null, label: string | null, uuid: string | null) => {
  return { name, serial: volume?.replace('-', '') ?? null, fstype: 'ext4', label, uuid };
};
const root = device('/dev/nvme0n1', 'vol-root', null, 'uuid-root');
const fe = device('/dev/nvme1n1', 'vol-fe', 'copr-fe', 'uuid-fe');
const dumps = device('/dev/nvme2n1', 'vol-dumps', null, 'uuid-dumps');

const verdict = (...blockdevices: readonly ReturnType<typeof device>[]) => {
  const { shell } = scriptedReaders({ reads: { lsblk: JSON.stringify({ blockdevices: [root, ...blockdevices] }) } });
  return carriesFileSystems(shell, host, here, ['vol-fe', 'vol-dumps']);
};

it('the volumes carry each file system straight on them, by label and UUID', async () => {
  expect(await verdict(fe, dumps)).toEqual({ ok: true });
});

it('a volume, or a file system, that the host does not see yet is waited for', async () => {
  expect(await verdict(fe)).toEqual({ ok: false, wait: true, why: "i-old doesn't see vol-dumps yet" });
  const blank = { ...fe, label: null, uuid: null };
  expect(await verdict(blank, dumps)).toEqual({
    ok: false,
    wait: true,
    why: 'i-old shows nothing with the file system copr-fe yet',
  });
  expect(await verdict(fe, { ...dumps, uuid: null })).toEqual({
    ok: false,
    wait: true,
    why: 'i-old shows nothing with the file system uuid-dumps yet',
  });
});

it('two that are named alike are refused: nobody knows which one would be mounted', async () => {
  const twin = device('/dev/nvme3n1', 'vol-upgraded', 'copr-fe', 'uuid-other');
  expect(await verdict(fe, dumps, twin)).toEqual({
    ok: false,
    why: '/dev/nvme1n1 and /dev/nvme3n1 of i-old both have the file system copr-fe',
  });
  const copy = device('/dev/nvme3n1', 'vol-upgraded', null, 'uuid-dumps');
  expect(await verdict(fe, dumps, copy)).toMatchObject({ ok: false, why: expect.stringContaining('both have') });
});

it('a file system that is on another volume, or on none of them, is refused', async () => {
  const blank = { ...fe, label: null, uuid: null };
  const elsewhere = device('/dev/nvme3n1', 'vol-upgraded', 'copr-fe', 'uuid-fe');
  expect(await verdict(blank, dumps, elsewhere)).toEqual({
    ok: false,
    why: 'the file system copr-fe of i-old is on /dev/nvme3n1, not on vol-fe, vol-dumps',
  });
  const part = device('/dev/nvme1n1p1', null, 'copr-fe', 'uuid-fe');
  expect(await verdict(blank, part, dumps)).toMatchObject({ ok: false, why: expect.stringContaining('not on vol-fe') });
});

it('one of the right label that is not the file system which the old host had is refused', async () => {
  expect(await verdict({ ...fe, uuid: 'uuid-new' }, dumps)).toEqual({
    ok: false,
    why: '/dev/nvme1n1 of i-old has the UUID uuid-new, not uuid-fe',
  });
});
