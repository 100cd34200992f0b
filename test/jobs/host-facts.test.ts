import { describe, expect, it } from 'vitest';
import type { FileSystemFacts } from '#jobs/facts.ts';
import { fileSystemFacts } from '#jobs/read/host-facts.ts';
import { storageFacts } from '#jobs/read/storage-facts.ts';
import type { TargetSettings } from '#jobs/settings.ts';
import { scriptedReaders } from '../fakes/scripted-ports.ts';

const host = { instance: 'i-old' };

describe('what is read of the old host', () => {
  const target = {
    name: 'kg',
    mounts: [{ path: '/var/lib/copr-keygen', label: 'keys', bind: null }],
  } as unknown as TargetSettings;
  const mounted = (uuid: string | null) =>
    JSON.stringify({ filesystems: [{ target: '/var/lib/copr-keygen', source: '/dev/nvme1n1', uuid, label: 'keys' }] });
  const stat = 'root:root system_u:object_r:var_lib_t:s0';

  it('names each file system by its UUID', async () => {
    const { shell } = scriptedReaders({ reads: { findmnt: mounted('u-1'), stat } });
    expect(await fileSystemFacts(shell, host, target)).toMatchObject([{ uuid: 'u-1', owner: 'root:root' }]);
  });

  it('is not enough where a UUID is missing: the new host could mount anything of that label', async () => {
    const { shell } = scriptedReaders({ reads: { findmnt: mounted(null), stat } });
    await expect(fileSystemFacts(shell, host, target)).rejects.toMatchObject({
      code: 'can-not-read',
      message: expect.stringContaining('/var/lib/copr-keygen'),
    });
  });
});

describe('what is read of the storage', () => {
  const detail = 'State : clean\nRaid Devices : 4\nActive Devices : 4\nUUID : 1:1:1:1\nRaid Level : raid10\n';
  const scan = 'ARRAY /dev/md/a metadata=1.2 UUID=1:1:1:1\n';
  const lv = (group: string, device: string) => ({ vg_name: group, lv_name: 'data', lv_dm_path: device });
  const data = lv('copr-backend-data', '/dev/mapper/copr--backend--data-data');
  const root = lv('aaa', '/dev/mapper/aaa-data');
  const of = (sources: readonly string[], more: { scan?: string; lvs?: readonly object[] } = {}) =>
    storageFacts(
      scriptedReaders({
        reads: {
          'mdadm --detail --scan': more.scan ?? scan,
          'mdadm --detail': detail,
          vgs: '  aaa\n  copr-backend-data\n',
          lvs: JSON.stringify({ report: [{ lv: more.lvs ?? [root, data] }] }),
        },
      }).shell,
      host,
      sources.map(source => ({ path: '/var/lib/copr/public_html', source }) as FileSystemFacts),
    ).catch(error => `${error.code}: ${error.message}`);
  const mounted = '/dev/mapper/copr--backend--data-data';

  it('is the volume group that carries the mount, in whatever order the host lists its groups', async () => {
    expect(await of([mounted])).toMatchObject({ volumeGroup: 'copr-backend-data', arrays: [{ uuid: '1:1:1:1' }] });
    expect(await of([mounted], { lvs: [data, root] })).toMatchObject({ volumeGroup: 'copr-backend-data' });
    expect(await of([mounted, `${mounted}[/results]`])).toMatchObject({ volumeGroup: 'copr-backend-data' });
  });

  it('is not enough where the mounts are on no volume group, or on two', async () => {
    expect(await of(['/dev/nvme1n1'])).toBe(
      'not-as-in-estate: /var/lib/copr/public_html is on /dev/nvme1n1, which is in no volume group: its data would stay',
    );
    expect(await of([mounted, '/dev/mapper/aaa-data'])).toMatch(/they are on copr-backend-data and aaa$/);
    expect(await of([])).toMatch(/they are on none$/);
  });

  it('is not enough where an array does not run', async () => {
    const inactive = `${scan}INACTIVE-ARRAY /dev/md127 metadata=1.2 UUID=2:2:2:2\n`;
    expect(await of([mounted], { scan: inactive })).toMatch(/^array-not-clean: \/dev\/md127 /);
  });
});
