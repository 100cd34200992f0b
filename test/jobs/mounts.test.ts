import { describe, expect, it } from 'vitest';
import { kinds } from '#changes/index.ts';
import { mount } from '#changes/mount.ts';
import { boundSource, parseFindmnt } from '#changes/parsers/findmnt.ts';
import { mountsOf } from '#jobs/mounts.ts';
import { fileSystemFacts } from '#jobs/read/host-facts.ts';
import type { Scene } from '#jobs/scene.ts';
import type { TargetSettings } from '#jobs/settings.ts';
import { temporaryMounts } from '#jobs/temporary.ts';
import { scriptedReaders } from '../fakes/scripted-ports.ts';

const host = { instance: 'i-old' };
const uuid = '0f3c1e5a-7b24-4c1d-9e6f-2a8b5c7d9e01';
const row = (target: string, source: string, id = uuid) => ({ target, source, fstype: 'ext4', uuid: id, label: null });
const asked = (path: string, ...all: ReturnType<typeof row>[]) => ({
  'findmnt -J': JSON.stringify({ filesystems: all.filter(one => one.target === path) }),
  'findmnt --json': JSON.stringify({ filesystems: all }),
  stat: 'root:root system_u:object_r:var_lib_t:s0',
});
const settings = (...mounts: TargetSettings['mounts']) => ({ name: 'fe', mounts }) as unknown as TargetSettings;
const data = { path: '/srv/copr-fe', label: null, uuid, bind: null };
const bind = { path: '/var/lib/pgsql', label: null, uuid: null, bind: '/srv/copr-fe/pgsqldb' };

describe('a mount that the estate names by its UUID', () => {
  const scene = (...mounts: TargetSettings['mounts']) =>
    ({ target: settings(...mounts), facts: { fileSystems: [{ path: '/srv/copr-fe', uuid }] } }) as unknown as Scene;

  it('is mounted by it, there and on the way back', () => {
    expect(mountsOf(scene(data))).toEqual([{ path: '/srv/copr-fe', source: `UUID=${uuid}`, bind: false, uuid }]);
  });

  it('must be the file system that the old host shows', async () => {
    const other = row('/srv/copr-fe', '/dev/nvme1n1', uuid.replace('0', '1'));
    const read = (one: typeof other) =>
      fileSystemFacts(scriptedReaders({ reads: asked('/srv/copr-fe', one) }).shell, host, settings(data));
    expect(await read(row('/srv/copr-fe', '/dev/nvme1n1'))).toMatchObject([{ uuid }]);
    await expect(read(other)).rejects.toMatchObject({
      code: 'not-as-in-estate',
      message: expect.stringContaining(uuid),
    });
  });

  it('holds the temporary volume until then, whose label the playbook mounts by', () => {
    expect(temporaryMounts(scene(data))).toMatchObject([{ path: '/srv/copr-fe', source: 'LABEL=copr-repo' }]);
  });
});

describe('a bind mount', () => {
  const disk = row('/srv/copr-fe', '/dev/nvme1n1');
  const shows = (folder: string) => [disk, row('/var/lib/pgsql', `/dev/nvme1n1[${folder}]`)];
  const read = (folder: string) => {
    const { shell } = scriptedReaders({ reads: asked('/var/lib/pgsql', ...shows(folder)) });
    return fileSystemFacts(shell, host, settings(bind));
  };

  it('is compared with the folder that findmnt shows', async () => {
    expect(await read('/pgsqldb')).toMatchObject([{ source: '/dev/nvme1n1[/pgsqldb]' }]);
    await expect(read('/pgsql')).rejects.toMatchObject({
      code: 'not-as-in-estate',
      message:
        "fe: /var/lib/pgsql shows /dev/nvme1n1[/pgsql], the estate's /srv/copr-fe/pgsqldb would be /dev/nvme1n1[/pgsqldb]",
    });
  });

  it('of another folder isn’t taken for mounted', async () => {
    const spec = { path: '/var/lib/pgsql', source: '/srv/copr-fe/pgsqldb', bind: true, uuid };
    const change = mount({ host, mount: spec });
    const look = (folder: string) =>
      kinds[change.kind]?.look(scriptedReaders({ reads: asked('', ...shows(folder)) }), change.args, {} as never);
    expect(await look('/pgsqldb')).toMatchObject({ is: 'after' });
    expect(await look('/pgsql')).toMatchObject({ is: 'other', code: 'other-folder' });
  });

  it('of a whole file system is compared with that, and mounted where it is there', async () => {
    const whole = { ...bind, bind: '/srv/copr-fe' };
    const facts = (source: string) =>
      fileSystemFacts(
        scriptedReaders({ reads: asked('/var/lib/pgsql', disk, row('/var/lib/pgsql', source)) }).shell,
        host,
        settings(whole),
      );
    expect(await facts('/dev/nvme1n1')).toMatchObject([{ source: '/dev/nvme1n1' }]);
    await expect(facts('/dev/nvme1n1[/pgsqldb]')).rejects.toMatchObject({ code: 'not-as-in-estate' });
    const change = mount({ host, mount: { path: '/var/lib/pgsql', source: '/srv/copr-fe', bind: true, uuid } });
    const look = (...all: ReturnType<typeof row>[]) =>
      kinds[change.kind]?.look(scriptedReaders({ reads: asked('', ...all) }), change.args, {} as never);
    expect(await look(disk)).toMatchObject({ is: 'before' });
    expect(await look(disk, row('/var/lib/pgsql', '/dev/nvme1n1'))).toMatchObject({ is: 'after' });
    expect(await look(disk, row('/var/lib/pgsql', '/dev/nvme1n1[/pgsqldb]'))).toMatchObject({ is: 'other' });
    expect(await look(row('/', '/dev/nvme0n1p4'))).toMatchObject({ is: 'not-yet' });
  });

  it('may lie on a subvolume or another bind mount, never on the root disk alone', () => {
    const mounts = (...all: ReturnType<typeof row>[]) => parseFindmnt(JSON.stringify({ filesystems: all }));
    const root = row('/', '/dev/nvme0n1p4[/root]');
    expect(boundSource(mounts(root, disk), '/srv/copr-fe/a/b')).toBe('/dev/nvme1n1[/a/b]');
    expect(boundSource(mounts(root, row('/srv', '/dev/nvme1n1[/data]')), '/srv/pgsqldb')).toBe(
      '/dev/nvme1n1[/data/pgsqldb]',
    );
    expect(boundSource(mounts(root, disk, row('/srv/copr-fe', '/dev/nvme2n1')), '/srv/copr-fe/x')).toBe(
      '/dev/nvme2n1[/x]',
    );
    expect(boundSource(mounts(root), '/srv/copr-fe/pgsqldb')).toBeUndefined();
    expect(boundSource(mounts(root, row('/srv', '/dev/nvme1n1[/data]')), '/srv')).toBe('/dev/nvme1n1[/data]');
    expect(boundSource(mounts(root), '/')).toBeUndefined();
  });
});
