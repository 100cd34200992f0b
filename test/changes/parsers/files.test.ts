import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { fstabSwaps, swapLines } from '#changes/parsers/fstab.ts';
import { withMax } from '#changes/parsers/pools-max.ts';

const fstab = `# /etc/fstab
UUID=9a3c0e5d-77b1-4f5e-8a60-2f9b1c7d4e11 /     ext4  defaults  1 1
LABEL=copr-fe\t/srv/copr-fe\text4\tdefaults,noatime\t0 0
/srv/copr-fe/pgsql  /var/lib/pgsql  none  bind  0 0   # the database
#LABEL=old /srv/copr-fe ext4 defaults 0 0
`;
const paths = ['/var/lib/pgsql', '/srv/copr-fe'];

describe('fstab', () => {
  it('gets options at the lines of mount points only, columns kept', () => {
    const swaps = fstabSwaps(fstab, paths, ['noauto', 'nofail']);
    expect(swaps.map(one => one.to)).toEqual([
      'LABEL=copr-fe\t/srv/copr-fe\text4\tdefaults,noatime,noauto,nofail\t0 0',
      '/srv/copr-fe/pgsql  /var/lib/pgsql  none  bind,noauto,nofail  0 0   # the database',
    ]);
    const changed = swapLines(fstab, swaps)!;
    expect(fstabSwaps(changed, paths, ['noauto', 'nofail'])).toEqual([]);
    expect(
      swapLines(
        changed,
        swaps.map(({ from, to }) => ({ from: to, to: from })),
      ),
    ).toBe(fstab);
  });

  it('finds a mount point with a slash at its end, and a line without options', () => {
    const lines = [
      'LABEL=a /srv/copr-fe/ ext4 auto,noatime 0 0',
      'LABEL=a\t/srv/copr-fe\text4',
      'LABEL=a /srv/copr-fe// ext4 ',
    ];
    expect(lines.flatMap(line => fstabSwaps(line, paths, ['noauto', 'nofail'])).map(one => one.to)).toEqual([
      'LABEL=a /srv/copr-fe/ ext4 noatime,noauto,nofail 0 0',
      'LABEL=a\t/srv/copr-fe\text4 noauto,nofail',
      'LABEL=a /srv/copr-fe// ext4 noauto,nofail',
    ]);
    expect(fstabSwaps('LABEL=a /srv/copr-fe/ ext4 noauto,nofail', paths, ['noauto', 'nofail'])).toEqual([]);
  });

  it('needs nothing for a mount point without a line', () => {
    expect(fstabSwaps(fstab, ['/var/lib/elsewhere'], ['noauto'])).toEqual([]);
  });

  it('is not changed where a line stands twice or no more', () => {
    expect(swapLines('a\nb\na\n', [{ from: 'a', to: 'c' }])).toBeUndefined();
    expect(swapLines('b\n', [{ from: 'a', to: 'c' }])).toBeUndefined();
  });
});

const pools = `---
# Managed by ansible
copr_hv_x86_64_01_dev:
    # sized by hand: max: 9
    max: 8   # of them
    max_starting: 1
    tags:
        - max
    reuse:
        max: 3
aws_spot:
    max_starting: 2
    cmd_new: "copr-resalloc-new"

empty_line_above:
    max: 12
`;

describe('pools.yaml', () => {
  it('gets the same max in every section, every other byte kept', () => {
    const changed = withMax(pools, 0);
    expect(changed).toBe(
      pools
        .replace('    max: 8   # of them', '    max: 0   # of them')
        .replace('aws_spot:\n', 'aws_spot:\n    max: 0\n')
        .replace('max: 12', 'max: 0'),
    );
    for (const section of Object.values(parse(changed) as Record<string, { max: number }>)) expect(section.max).toBe(0);
    expect(withMax(changed, 0)).toBe(changed);
  });
});
