import { describe, expect, it } from 'vitest';
import { parseMdadmDetail, parseMdadmScan } from '#changes/parsers/mdadm.ts';

const detail = `/dev/md127:
           Version : 1.2
     Creation Time : Mon Aug 10 07:41:39 2020
        Raid Level : raid10
        Array Size : 25769533440 (24.00 TiB 26.39 TB)
     Used Dev Size : 12884766720 (12.00 TiB 13.19 TB)
      Raid Devices : 4
     Total Devices : 4
       Persistence : Superblock is persistent

     Intent Bitmap : Internal

       Update Time : Mon Nov 23 05:12:40 2026
             State : active, degraded, recovering 
    Active Devices : 3
   Working Devices : 4
    Failed Devices : 0
     Spare Devices : 1

            Layout : near=2
        Chunk Size : 512K

Consistency Policy : bitmap

    Rebuild Status : 12% complete

              Name : copr-be-dev.aws.fedoraproject.org:copr-backend-data
              UUID : 6c48a0b1:6c4f2b9e:0ba6a3e0:9f2dd6a1
            Events : 1204411

    Number   Major   Minor   RaidDevice State
       0     259       10        0      active sync set-A   /dev/nvme2n1p1
       1     259       12        1      spare rebuilding   /dev/nvme3n1p1
       2     259       14        2      active sync set-A   /dev/nvme4n1p1
       3     259       16        3      active sync set-B   /dev/nvme5n1p1
`;

describe('mdadm', () => {
  it('says state, members and UUID of an array', () => {
    expect(parseMdadmDetail(detail)).toEqual({
      uuid: '6c48a0b1:6c4f2b9e:0ba6a3e0:9f2dd6a1',
      level: 'raid10',
      state: ['active', 'degraded', 'recovering'],
      raidDevices: 4,
      activeDevices: 3,
      failedDevices: 0,
      members: ['/dev/nvme2n1p1', '/dev/nvme3n1p1', '/dev/nvme4n1p1', '/dev/nvme5n1p1'],
    });
  });

  it('leaves out a member that is missing', () => {
    const missing = detail.replace(/ {7}1 {5}259.*\n/, '       -       0        0        1      removed\n');
    expect(parseMdadmDetail(missing).members).toHaveLength(3);
  });

  it('lists running and inactive arrays', () => {
    const text =
      'ARRAY /dev/md/copr-backend-data metadata=1.2 UUID=6c48a0b1:6c4f2b9e:0ba6a3e0:9f2dd6a1\n' +
      'INACTIVE-ARRAY /dev/md126 num-devices=1 metadata=1.2 name=x:1 UUID=aaaaaaaa:bbbbbbbb:cccccccc:dddddddd\n';
    expect(parseMdadmScan(text)).toEqual([
      { device: '/dev/md/copr-backend-data', uuid: '6c48a0b1:6c4f2b9e:0ba6a3e0:9f2dd6a1', inactive: false },
      { device: '/dev/md126', uuid: 'aaaaaaaa:bbbbbbbb:cccccccc:dddddddd', inactive: true },
    ]);
    expect(parseMdadmScan('')).toEqual([]);
  });
});
