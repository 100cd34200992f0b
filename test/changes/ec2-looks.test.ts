import { describe, expect, it } from 'vitest';
import { associateAddress } from '#changes/associate-address.ts';
import { attachRestoredVolume } from '#changes/attach-restored-volume.ts';
import { attachVolume } from '#changes/attach-volume.ts';
import { deleteSnapshot } from '#changes/delete-snapshot.ts';
import { deleteVolume } from '#changes/delete-volume.ts';
import { detachVolume } from '#changes/detach-volume.ts';
import { kinds } from '#changes/index.ts';
import { terminateInstance } from '#changes/terminate-instance.ts';
import type { Change } from '#core/change.ts';
import type { Look } from '#engine/define-change.ts';
import { type Script, scriptedReaders } from '../fakes/scripted-ports.ts';

const _host = { instance: 'i-old' };

function look(change: Change, script: Script): Promise<Look> {
  return kinds[change.kind]!.look(scriptedReaders(script), change.args, { run: 'r1', key: 'r1.t.s.0.g1' });
}

const volume = { id: 'vol-1', state: 'in-use', zone: 'us-east-1c' } as const;
const at = (instance: string, state: 'attached' | 'busy' | 'detaching' | 'attaching', device = '/dev/sdd') => ({
  volumes: [{ ...volume, attachments: [{ instance, device, state }] }],
});
const running = {
  id: 'i-new',
  state: 'running',
  zone: 'us-east-1c',
  rootDevice: '/dev/sda1',
  devices: [{ name: '/dev/sda1', volume: 'vol-root', deleteOnTermination: true }],
} as const;

describe('a snapshot', () => {
  it('is deleted only when a run made it and was taken back', async () => {
    const change = deleteSnapshot({ snapshot: 'snap-1' });
    const of = (tags: Record<string, string>, state: 'completed' | 'pending' = 'completed'): Script => ({
      snapshots: [{ id: 'snap-1', volume: 'vol-1', state, progress: '50%', startedAt: 1, tags }],
    });
    const [made, aside] = [{ FerryChange: 'r1.t.s.0.g1' }, { CoprFedoraNextWorkflow: 'turned-back' }];
    expect(await look(change, of(made))).toMatchObject({ is: 'other', code: 'not-turned-back' });
    expect(await look(change, of(aside))).toMatchObject({ is: 'other', code: 'not-turned-back' });
    expect(await look(change, of({ ...made, ...aside }))).toEqual({ is: 'before' });
    expect(await look(change, of({ ...made, ...aside }, 'pending'))).toMatchObject({ is: 'not-yet' });
    expect(await look(change, { snapshots: [] })).toMatchObject({ is: 'after' });
  });
});

describe('a restored volume', () => {
  const change = attachRestoredVolume({ original: 'vol-0', run: 'r1', instance: 'i-new', device: '/dev/sdd' });
  const made = (id: string, run: string) => {
    const tags = { OriginalVolume: 'vol-0', FerryChange: `${run}.t.restore-database.0.g1` };
    return { ...volume, id, state: 'available', attachments: [], tags } as const;
  };
  it('is the one that this run made: another run’s is not taken, and of two a person decides', async () => {
    const at = (...volumes: ReturnType<typeof made>[]): Script => ({ volumes, instances: [running] });
    expect(await look(change, at(made('vol-1', 'r1'), made('vol-2', 'r2')))).toEqual({ is: 'before' });
    expect(await look(change, at(made('vol-2', 'r2')))).toMatchObject({ is: 'other', code: 'no-restored-volume' });
    expect(await look(change, at(made('vol-1', 'r1'), made('vol-2', 'r1')))).toMatchObject({ code: 'two-volumes' });
  });
});

describe('a volume', () => {
  it('is deleted only when it is tagged as temporary', async () => {
    const free = { ...volume, state: 'available', attachments: [] } as const;
    const change = deleteVolume({ volume: 'vol-1' });
    const tagged = (CoprPurpose: string) => ({ volumes: [{ ...free, tags: { CoprPurpose } }] });
    expect(await look(change, tagged('infrastructure'))).toMatchObject({ is: 'other', code: 'not-temporary' });
    expect(await look(change, tagged('temporary'))).toEqual({ is: 'before' });
  });
  const detach = detachVolume({ volume: 'vol-1', instance: 'i-old', device: '/dev/sdd' });
  const attach = attachVolume({ volume: 'vol-1', instance: 'i-new', device: '/dev/sdd' });

  it('that another instance holds is never detached from it', async () => {
    expect(await look(detach, at('i-new', 'attached'))).toMatchObject({
      is: 'other',
      code: 'attached-elsewhere',
      sentence: 'vol-1 is attached at i-new as /dev/sdd, not at i-old as /dev/sdd',
    });
  });
  it('that is busy is under way, with what uses it on its host', async () => {
    const host: Script = {
      reads: {
        lsblk: JSON.stringify({ blockdevices: [{ name: '/dev/nvme1n1', serial: 'vol1' }, { name: '/dev/nvme1n10' }] }),
        findmnt: JSON.stringify({
          filesystems: [
            { target: '/srv', source: '/dev/nvme1n1p1[/pgsql]' },
            { target: '/other', source: '/dev/nvme1n10' },
          ],
        }),
        fuser: { stdout: ' 4121' },
        ps: '4121 1 root /usr/bin/prunerepo',
        'cat /proc/mdstat': 'Personalities : [raid10]\nmd127 : active raid10 nvme1n1p1[0] nvme2n1p1[1]\n',
      },
    };
    expect(await look(detach, { ...at('i-old', 'busy'), ...host })).toMatchObject({
      is: 'under-way',
      saw: 'vol-1 is busy from i-old: mounted on /srv, waiting for 1 process, prunerepo 4121; member of the array md127. It leaves when that ends, or when the host is shut down',
    });
  });
  it('that is busy is under way too when its host does not answer', async () => {
    expect(await look(detach, { ...at('i-old', 'detaching'), reads: { lsblk: { code: 1 } } })).toMatchObject({
      is: 'under-way',
      saw: expect.stringContaining('what uses it there does not show'),
    });
  });
  it('that AWS does not describe is not taken for detached', async () => {
    expect(await look(detach, {})).toMatchObject({ is: 'other', code: 'not-described' });
  });
  it('waits to be attached while it leaves the old instance', async () => {
    expect(await look(attach, at('i-old', 'detaching'))).toMatchObject({ is: 'not-yet' });
    expect(await look(attach, at('i-old', 'attached'))).toMatchObject({ is: 'other', code: 'attached-elsewhere' });
  });
  it('is at its device, whichever way AWS writes it', async () => {
    expect(await look(attach, at('i-new', 'attached', 'sdd'))).toMatchObject({ is: 'after' });
    expect(await look(detach, at('i-old', 'attached', 'sdd'))).toMatchObject({ is: 'before' });
    expect(await look(attach, at('i-new', 'attached', 'sde'))).toMatchObject({ code: 'attached-elsewhere' });
    expect(await look(detach, at('i-old', 'attached', 'xvdd'))).toMatchObject({ code: 'attached-elsewhere' });
  });
  it('is not attached under a taken device name, nor in another zone', async () => {
    const free = { ...volume, state: 'available', attachments: [] } as const;
    const taken = {
      ...running,
      devices: [...running.devices, { name: '/dev/sdd', volume: 'vol-2', deleteOnTermination: false }],
    };
    expect(await look(attach, { volumes: [free], instances: [taken] })).toMatchObject({
      is: 'other',
      code: 'device-taken',
    });
    expect(await look(attach, { volumes: [free], instances: [{ ...running, zone: 'us-east-1a' }] })).toMatchObject({
      is: 'other',
      code: 'wrong-zone',
    });
    expect(await look(attach, { volumes: [free], instances: [{ ...running, state: 'pending' }] })).toMatchObject({
      is: 'not-yet',
    });
    expect(await look(attach, { volumes: [free], instances: [running] })).toEqual({ is: 'before' });
  });
});

describe('an instance', () => {
  const terminate = terminateInstance({ instance: 'i-new', unprotect: false });
  it('with another volume or an Elastic IP is not terminated', async () => {
    const holding = {
      ...running,
      devices: [...running.devices, { name: '/dev/sdd', volume: 'vol-2', deleteOnTermination: true }],
    };
    expect(await look(terminate, { instances: [holding] })).toMatchObject({ is: 'other', code: 'volume-attached' });
    expect(await look(terminate, { instances: [running], addresses: [{ publicIp: '1.2.3.4' }] })).toMatchObject({
      is: 'other',
      code: 'address-associated',
    });
    expect(await look(terminate, { instances: [running], protected: true })).toMatchObject({
      is: 'other',
      code: 'protected',
    });
    expect(await look(terminate, { instances: [running] })).toEqual({ is: 'before' });
  });
  it('that is not described is not taken for terminated', async () => {
    expect(await look(terminate, {})).toMatchObject({ is: 'other', code: 'not-described' });
  });
});

describe('an Elastic IP', () => {
  const move = associateAddress({
    allocation: 'eipalloc-1',
    publicIp: '1.2.3.4',
    networkInterface: 'eni-new',
    from: 'eni-old',
  });
  const address = { allocation: 'eipalloc-1', publicIp: '1.2.3.4' };
  it('that is neither at the old nor at the new interface is for a person', async () => {
    expect(
      await look(move, { addresses: [{ ...address, networkInterface: 'eni-third', instance: 'i-3' }] }),
    ).toMatchObject({ is: 'other', code: 'associated-elsewhere' });
    expect(await look(move, { addresses: [address] })).toMatchObject({ is: 'other', code: 'associated-elsewhere' });
    expect(await look(move, { addresses: [{ ...address, networkInterface: 'eni-old' }] })).toEqual({ is: 'before' });
  });
});
