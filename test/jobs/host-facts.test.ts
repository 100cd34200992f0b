import { describe, expect, it } from 'vitest';
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

  it('is not enough where an array does not run', async () => {
    const scan = 'ARRAY /dev/md/a metadata=1.2 UUID=1:1:1:1\nINACTIVE-ARRAY /dev/md127 metadata=1.2 UUID=2:2:2:2\n';
    const detail = 'State : clean\nRaid Devices : 4\nActive Devices : 4\nUUID : 1:1:1:1\nRaid Level : raid10\n';
    const reads = { 'mdadm --detail --scan': scan, 'mdadm --detail': detail, vgs: '  copr-backend-data\n' };
    await expect(storageFacts(scriptedReaders({ reads }).shell, host)).rejects.toMatchObject({
      code: 'array-not-clean',
      message: expect.stringContaining('/dev/md127'),
    });
  });
});
