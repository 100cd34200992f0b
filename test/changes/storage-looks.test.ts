import { describe, expect, it } from 'vitest';
import { assembleArrays } from '#changes/assemble-arrays.ts';
import { kinds } from '#changes/index.ts';
import { mount } from '#changes/mount.ts';
import { unmount } from '#changes/unmount.ts';
import type { Change } from '#core/change.ts';
import type { Look, Writers } from '#engine/define-change.ts';
import { sending } from '../builders/sending.ts';
import { type Script, scriptedReaders } from '../fakes/scripted-ports.ts';

const host = { instance: 'i-old' };

function look(change: Change, script: Script): Promise<Look> {
  return kinds[change.kind]!.look(scriptedReaders(script), change.args, { run: 'r1', key: 'r1.t.s.0.g1' });
}

const spec = { path: '/srv/copr-fe', source: 'LABEL=copr-fe', bind: false, uuid: 'u-1' };
const mounted = (uuid: string) =>
  JSON.stringify({
    filesystems: [
      { target: '/srv/copr-fe', source: '/dev/nvme1n1', fstype: 'ext4', label: 'copr-fe', uuid, options: 'rw' },
    ],
  });
const devices = (...uuids: string[]) =>
  JSON.stringify({
    blockdevices: uuids.map((uuid, nth) => ({
      name: `/dev/nvme${nth + 1}n1`,
      serial: `vol${nth}`,
      fstype: 'ext4',
      label: 'copr-fe',
      uuid,
    })),
  });

describe('a mount', () => {
  const ps = '4121 1 copr /usr/bin/python3 /usr/bin/prunerepo --days 14\n';
  it('that is held waits, and names who holds it', async () => {
    const reads = { findmnt: mounted('u-1'), fuser: { stdout: ' 4121' }, ps };
    expect(await look(unmount({ host, mount: spec }), { reads })).toEqual({
      is: 'not-yet',
      why: '/srv/copr-fe: waiting for 1 process, prunerepo 4121',
    });
  });
  it('is free when fuser exits 1 and says nothing', async () => {
    const reads = {
      findmnt: mounted('u-1'),
      fuser: { code: 1, stderr: 'Cannot stat file /proc/1/fd/0: Permission denied\n' },
    };
    expect(await look(unmount({ host, mount: spec }), { reads })).toEqual({ is: 'before' });
  });
  it('is not taken for free when fuser fails', async () => {
    const reads = {
      findmnt: mounted('u-1'),
      fuser: { code: 1, stderr: 'Specified filename /srv/copr-fe does not exist.\n' },
    };
    await expect(look(unmount({ host, mount: spec }), { reads })).rejects.toMatchObject({ code: 'read-failed' });
  });
  it('of another file system is neither unmounted nor taken for mounted', async () => {
    const reads = { findmnt: mounted('u-2') };
    expect(await look(unmount({ host, mount: spec }), { reads })).toMatchObject({
      is: 'other',
      code: 'other-file-system',
    });
    expect(await look(mount({ host, mount: spec }), { reads })).toMatchObject({
      is: 'other',
      code: 'other-file-system',
    });
  });
  it('needs exactly one device with the label and the expected file system', async () => {
    const none = { findmnt: '{"filesystems": []}' };
    expect(await look(mount({ host, mount: spec }), { reads: { ...none, lsblk: devices() } })).toMatchObject({
      is: 'not-yet',
    });
    expect(
      await look(mount({ host, mount: spec }), { reads: { ...none, lsblk: devices('u-1', 'u-1') } }),
    ).toMatchObject({ is: 'other', code: 'two-devices' });
    expect(await look(mount({ host, mount: spec }), { reads: { ...none, lsblk: devices('u-9') } })).toMatchObject({
      is: 'other',
      code: 'other-file-system',
    });
    expect(await look(mount({ host, mount: spec }), { reads: { ...none, lsblk: devices('u-1') } })).toEqual({
      is: 'before',
    });
  });
});

describe('arrays', () => {
  const detail = (active: number, state: string) =>
    `     Raid Level : raid10\n   Raid Devices : 4\n          State : ${state} \n Active Devices : ${active}\n           UUID : a:b\n`;
  const scan = 'ARRAY /dev/md127 metadata=1.2 UUID=a:b\n';
  const change = assembleArrays({ host, arrays: ['a:b'] });
  it('with a member missing are not taken for assembled', async () => {
    expect(
      await look(change, {
        reads: { 'mdadm --detail --scan': scan, 'mdadm --detail /dev/md127': detail(3, 'clean, degraded') },
      }),
    ).toMatchObject({ is: 'other', code: 'array-incomplete' });
  });
  it('are assembled with all members, whoever did it', async () => {
    expect(
      await look(change, {
        reads: { 'mdadm --detail --scan': scan, 'mdadm --detail /dev/md127': detail(4, 'active, resyncing') },
      }),
    ).toEqual({ is: 'after', output: { devices: ['/dev/md127'] } });
  });
});

it('arrays are assembled with all members or not at all: nothing starts, forces or adds one', async () => {
  const { kind, args } = assembleArrays({ host, arrays: ['a:1'] });
  const ran: string[] = [];
  const run = async (_host: unknown, argv: readonly string[]) => {
    ran.push(argv.join(' '));
    return { code: 0, stdout: '', stderr: '' };
  };
  await kinds[kind]?.make({ ...scriptedReaders({}), shell: { run } } as unknown as Writers, args, sending());
  expect(ran).toEqual(['mdadm --assemble --scan --no-degraded']);
});
