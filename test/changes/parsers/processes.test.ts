import { describe, expect, it } from 'vitest';
import { parseFuser, parsePs, programOf, shortName } from '#changes/parsers/processes.ts';

const text = `      1       0 root                             /usr/lib/systemd/systemd --switched-root --system
   4121    3990 copr                             /usr/bin/python3 -s /usr/bin/prunerepo --days 14 /var/lib/copr/public_html/results/a b
   4133       1 copr                             /usr/bin/python3 /usr/bin/copr-backend-process-build --build 8123
    612       1 lighttpd                         /usr/sbin/lighttpd -D -f /etc/lighttpd/lighttpd.conf
     77       2 root                             [kworker/0:1-events]
   5001    4990 postgres                         /bin/bash /usr/local/bin/backup-database coprdb
   5002    5001 postgres                         sleep 1203
`;

describe('ps', () => {
  const all = parsePs(text);
  it('tells a script from its interpreter', () => {
    expect(all.map(programOf)).toEqual([
      '/usr/lib/systemd/systemd',
      '/usr/bin/prunerepo',
      '/usr/bin/copr-backend-process-build',
      '/usr/sbin/lighttpd',
      '[kworker/0:1-events]',
      '/usr/local/bin/backup-database',
      'sleep',
    ]);
  });
  it('keeps parents and names', () => {
    expect(all[6]).toMatchObject({ pid: 5002, parent: 5001, user: 'postgres' });
    expect(shortName(all[1]!)).toBe('prunerepo 4121');
  });
});

describe('fuser', () => {
  it('gives process ids, without the mount itself', () => {
    expect(parseFuser('kernel  8259')).toEqual([8259]);
    expect(parseFuser(' 4121  4133')).toEqual([4121, 4133]);
    expect(parseFuser('')).toEqual([]);
  });
});
