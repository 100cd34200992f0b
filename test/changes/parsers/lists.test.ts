import { describe, expect, it } from 'vitest';
import { parseFindmnt } from '#changes/parsers/findmnt.ts';
import { parseLsblk, serialOf } from '#changes/parsers/lsblk.ts';
import { parseResallocList } from '#changes/parsers/resalloc-list.ts';
import { parseLvs, parseVgs } from '#changes/parsers/volume-groups.ts';

describe('lists of a host', () => {
  it('findmnt shows bind mounts with their folder', () => {
    const text = `{
   "filesystems": [
      {"target":"/srv/copr-fe", "source":"/dev/nvme1n1", "fstype":"ext4", "label":"copr-fe", "uuid":"1b2c", "options":"rw,noatime"},
      {"target":"/var/lib/pgsql", "source":"/dev/nvme1n1[/pgsql]", "fstype":"ext4", "label":null, "uuid":null, "options":"rw"}
   ]
}`;
    expect(parseFindmnt(text)).toEqual([
      {
        target: '/srv/copr-fe',
        source: '/dev/nvme1n1',
        type: 'ext4',
        label: 'copr-fe',
        uuid: '1b2c',
        options: ['rw', 'noatime'],
      },
      {
        target: '/var/lib/pgsql',
        source: '/dev/nvme1n1[/pgsql]',
        type: 'ext4',
        label: undefined,
        uuid: undefined,
        options: ['rw'],
      },
    ]);
    expect(() => parseFindmnt('')).toThrow(SyntaxError);
  });

  it('lsblk shows a device once, though it has two parents', () => {
    const row = {
      name: '/dev/mapper/copr--backend--data-data',
      serial: null,
      fstype: 'ext4',
      label: 'copr-repo',
      uuid: 'u',
    };
    const text = JSON.stringify({
      blockdevices: [
        { name: '/dev/nvme2n1', serial: 'vol0860700f1b82314b5', fstype: null, label: null, uuid: null },
        row,
        row,
      ],
    });
    expect(parseLsblk(text)).toHaveLength(2);
    expect(parseLsblk(text)[0]?.serial).toBe(serialOf('vol-0860700f1b82314b5'));
  });

  it('resalloc-maint shows builders with their status', () => {
    const text = `4711 - copr_hv_x86_64_01_dev_00004711_20261123_051200 pool=copr_hv_x86_64_01_dev tags=x86_64,copr_builder status=UP releases=0 ticket=NULL
4712 - aws_x86_64_spot_dev_00004712_20261123_051201 pool=aws_x86_64_spot_dev tags=x86_64 status=DELETING releases=1 ticket=88
`;
    expect(parseResallocList(text).map(one => [one.id, one.pool, one.status])).toEqual([
      ['4711', 'copr_hv_x86_64_01_dev', 'UP'],
      ['4712', 'aws_x86_64_spot_dev', 'DELETING'],
    ]);
  });

  it('lvs and vgs say what is active', () => {
    const lvs =
      '{"report":[{"lv":[{"vg_name":"copr-backend-data","lv_name":"data","lv_active":"active","lv_device_open":"open","lv_dm_path":"/dev/mapper/copr--backend--data-data"},{"vg_name":"x","lv_name":"y","lv_active":"","lv_device_open":"","lv_dm_path":"/dev/mapper/x-y"}]}]}';
    expect(parseLvs(lvs)).toEqual([
      {
        group: 'copr-backend-data',
        name: 'data',
        device: '/dev/mapper/copr--backend--data-data',
        active: true,
        open: true,
      },
      { group: 'x', name: 'y', device: '/dev/mapper/x-y', active: false, open: false },
    ]);
    expect(
      parseVgs(
        '{"report":[{"vg":[{"vg_name":"a","vg_autoactivation":"enabled"},{"vg_name":"b","vg_autoactivation":""}]}]}',
      ),
    ).toEqual([
      { name: 'a', autoactivation: true },
      { name: 'b', autoactivation: false },
    ]);
    expect(parseLvs('  {\n "report": [ { "lv": [ ] } ] }')).toEqual([]);
  });
});
