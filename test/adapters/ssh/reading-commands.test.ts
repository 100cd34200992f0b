import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkReading, readingCommands, refuseSecretFile } from '#adapters/ssh/reading-commands.ts';
import { readingStatements } from '#adapters/ssh/reading-statements.ts';

const held = (line: string, as?: string) => () => checkReading(line.split(' '), as);

const alembic =
  'env -C /usr/share/copr/coprs_frontend PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/usr/share/copr/coprs_frontend alembic-3';

describe('the commands that only read', () => {
  it.each([
    'test -d /srv',
    'systemctl is-active httpd copr-backend.target fm-consumer@copr_messaging',
    'systemctl show -p ActiveState,SubState --value httpd.service',
    'systemctl list-timers --all --no-legend',
    'findmnt -J -o TARGET,SOURCE,UUID /var/lib/pgsql',
    'lsblk -J -b -o NAME,SERIAL,LABEL',
    'blkid -t LABEL=copr-repo -o device',
    'blkid -L copr-repo',
    'mdadm --detail --scan',
    'mdadm --detail /dev/md/copr-backend-data',
    'cat /proc/mdstat',
    'vgs --noheadings --reportformat json -o vg_name',
    'fuser -vm /var/lib/copr/public_html',
    'lsof -w -n +f -- /var/lib/copr',
    'ps -e -o pid=,user=,args=',
    'pgrep -af copr-backend-process-build',
    'ip -6 addr show dev ens5',
    'rpm -Va --noscripts',
    'rpm -q copr-frontend',
    'df -h /',
    'du --inodes -s /var/cache/cgit',
    'id -un',
    'date +%s',
    'curl -sSf -m 10 -o /dev/null -w %{http_code} --resolve a.example.org:443:1.2.3.4 https://a.example.org/api_3/',
    'curl -s -6 http://[2600::1]/results/@copr/copr/repodata/repomd.xml',
    'getent ahostsv4 copr-be.aws.fedoraproject.org',
    'ssh-keyscan -T 5 -t ed25519 copr-be.aws.fedoraproject.org',
    'ansible-inventory --host copr-be-temp.aws.fedoraproject.org',
    'git -C /srv/web/infra/ansible rev-parse HEAD',
    'git ls-remote https://copr-dist-git-dev.aws.fedoraproject.org/git/@copr/copr/copr-cli.git',
    'git -C /srv/web/infra/ansible log -n 3 --format=%H',
    'xz -t /var/dump.xz',
    'resalloc-maint resource-list',
    'openssl x509 -noout -serial -enddate -in /etc/letsencrypt/live/x/cert.pem',
    'stat -c %U:%G,%C /srv',
    'ls -Zd /srv',
    'journalctl -u resalloc -n 50 --no-pager',
    'postgresql-setup --upgrade-ids',
    'sign -u frostyx#hello@copr.fedorahosted.org -p',
    'sign -u frostyx#hello@copr.fedorahosted.org -d',
    'openssl x509 -noout -serial -enddate -ext subjectAltName -in /etc/letsencrypt/live/x/cert.pem',
    'find /var/cache/cgit -xdev -type f -name *.html',
    'nft list ruleset',
  ])('holds: %s', line => {
    expect(held(line)).not.toThrow();
  });

  it.each([
    ['rm -rf /', 'no such program'],
    ['sh -c id', 'no such program'],
    ['systemctl stop httpd', 'argument 1 (stop)'],
    ['systemctl is-active -H root@evil httpd', 'argument 2 (-H)'],
    ['mdadm --stop /dev/md0', 'argument 1 (--stop)'],
    ['mdadm --detail --run /dev/md0', 'argument 2 (--run)'],
    ['fuser -vkm /srv', 'argument 1 (-vkm)'],
    ['hostname evil', 'argument 1 (evil)'],
    ['date -s 12:00', 'argument 1 (-s)'],
    ['blkid -c /tmp/cache', 'argument 1 (-c)'],
    ['curl -o /etc/passwd http://a/', 'argument 1 (-o)'],
    ['curl -X PUT http://a/', 'argument 1 (-X)'],
    ['curl -d x http://a/', 'argument 1 (-d)'],
    ['curl -H @/etc/shadow http://a/', 'argument 1 (-H)'],
    ['curl -w @/etc/shadow http://a/', 'argument 1 (-w)'],
    ['curl -w %output{/etc/x} http://a/', 'argument 1 (-w)'],
    ['curl file:///etc/shadow', 'argument 1 (file:///etc/shadow)'],
    ['curl http://user:word@a/', 'argument 1'],
    ['curl -K /tmp/config http://a/', 'argument 1 (-K)'],
    ['find / -delete', 'argument 2 (-delete)'],
    ['find / -exec id ;', 'argument 2 (-exec)'],
    ['find / -fprintf /x %p', 'argument 2 (-fprintf)'],
    ['git -C /x log --output=/etc/x', 'argument 4 (--output=/etc/x)'],
    ['git -C /x push', 'it needs -C PATH'],
    ['git ls-remote ext::sh', 'argument 2 (ext::sh)'],
    ['git ls-remote --upload-pack=/tmp/x https://a.example/x', 'argument 2 (--upload-pack=/tmp/x)'],
    ['git -c core.pager=x log', 'argument 1 (-c)'],
    ['journalctl --vacuum-time=1s -n 1', 'argument 1 (--vacuum-time=1s)'],
    ['journalctl -u x', 'it needs -n'],
    ['rpm -e copr-backend', 'argument 1 (-e)'],
    ['cat /etc/shadow', 'argument 1 (/etc/shadow)'],
    ['stat /srv/../etc', 'argument 1 (/srv/../etc)'],
    ['tail -f /var/log/x', 'no such program'],
    ['tail -n 5 /etc/sudoers', 'no such program'],
    ['diff /etc/sudoers /dev/null', 'no such program'],
    ['head -c 100 /etc/sudoers', 'it may run as nobody only'],
    ['curl http://169.254.169.254/latest/meta-data/iam/', 'argument 1'],
    ['curl http://2852039166/latest/', 'argument 1'],
    ['curl http://0xA9FEA9FE/latest/', 'argument 1'],
    ['curl http://169.16689662/latest/', 'argument 1'],
    ['curl http://0251.0376.0251.0376/latest/', 'argument 1'],
    ['curl http://[fd00:ec2::254]/latest/', 'argument 1'],
    ['curl http://[::ffff:169.254.169.254]/latest/', 'argument 1'],
    ['curl --resolve a.b:80:169.254.169.254 http://a.b/', 'argument 1 (--resolve)'],
    ['curl --resolve a.b:80:[fd00:ec2::254] http://a.b/', 'argument 1 (--resolve)'],
    ['curl --netrc-file /root/.netrc http://a.example/', 'argument 3 (http://a.example/)'],
    ['curl --netrc-file /n --resolve a.b:443:6.6.6.6 https://a.b/', 'argument 3 (--resolve)'],
    ['curl -H Authorization:x http://a.example/', 'argument 1 (-H)'],
    ['curl -L http://a.example/', 'argument 1 (-L)'],
    ['systemctl show copr-backend.service', 'it needs -p or --property'],
    ['systemctl show -p Environment httpd.service', 'argument 2 (-p)'],
    ['systemctl show --property=ActiveState,ExecStart httpd.service', 'argument 2 (--property'],
    ['systemctl cat httpd.service', 'argument 1 (cat)'],
    ['ps -e -o pid,environ', 'argument 2 (-o)'],
    ['ps -e -o pid,args,', 'argument 2 (-o)'],
    ['ps auxe', 'argument 1 (auxe)'],
    ['ps aux', 'argument 1 (aux)'],
    ['rpm -Va', 'it needs --noscripts'],
    ['rpm -i x.rpm', 'it needs -q'],
    ['rpm -Vi --noscripts x', 'argument 1 (-Vi)'],
    ['git -C /x log -n 1 --format=%G?', 'argument 6 (--format=%G?)'],
    ['ansible-inventory --list', 'argument 1 (--list)'],
    ['ansible-inventory -i /tmp/evil --host a', 'argument 1 (-i)'],
    ['ansible-inventory --inventory=/tmp/evil --host a', 'argument 1 (--inventory=/tmp/evil)'],
    ['psql -c SELECT', 'argument 1 (-c)'],
    ['ps e -e', 'argument 1 (e)'],
    ['resalloc-maint resource-delete 1', 'argument 1 (resource-delete)'],
    ['postgresql-setup --upgrade', 'argument 1 (--upgrade)'],
    ['env', 'it needs one of -C'],
    ['env alembic-3 heads', 'argument 1 (alembic-3)'],
    ['env -C /tmp PYTHONDONTWRITEBYTECODE=1', 'argument 2 (/tmp)'],
    [`${alembic.replace('PYTHONPATH=/usr/share/copr', 'PYTHONPATH=/tmp')} heads`, 'argument 4 (PYTHONPATH=/tmp'],
    [`${alembic} upgrade head`, 'argument 6 (upgrade)'],
    [`${alembic} heads --raiseerr`, 'argument 7 (--raiseerr)'],
    [`${alembic} heads id`, 'argument 7 (id)'],
    ['sign -u a@b -d /x', 'argument 4 (/x)'],
    ['ip addr add', 'argument 2 (add)'],
    ['ip link', 'argument 1 (link)'],
    ['nft flush ruleset', 'argument 1 (flush)'],
    ['swapon -a', 'argument 1 (-a)'],
    ['vgs --config x', 'argument 1 (--config)'],
    ['lvs -o --ferry-unknown', 'argument 1 (-o)'],
    ['ps -ww -o -e', 'argument 2 (-o)'],
    ['journalctl -n 5 --since -1', 'argument 3 (--since)'],
    ['xzgrep -c secret /var/dump.xz', 'argument 2 (secret)'],
    ['find /srv -name -delete', 'argument 3 (-delete)'],
    ['curl -w -K http://a/', 'argument 1 (-w)'],
    ['psql -X -c --file=/x', 'argument 2 (-c)'],
  ])('refuses %s, naming it', (line, why) => {
    expect(held(line)).toThrow(why);
    expect(held(line)).toThrow(expect.objectContaining({ code: 'not-a-reading-command' }));
  });

  it('alembic: its heads, as copr-fe only', () => {
    expect(held(`${alembic} heads`, 'copr-fe')).not.toThrow();
    expect(held(`${alembic} heads`)).toThrow('it may run as copr-fe only');
    expect(held(`${alembic} heads`, 'postgres')).toThrow('it may run as copr-fe only');
  });

  it.each([...readingStatements])('psql: %s', statement => {
    expect(() => checkReading(['psql', '-XAtc', statement, 'coprdb'], 'postgres')).not.toThrow();
    expect(() => checkReading(['psql', '-XAtc', statement, 'coprdb'])).toThrow('it may run as postgres only');
  });

  it.each([
    'DROP TABLE x',
    'SELECT 1',
    'select max(id) from build',
    'SELECT max(id) FROM build;',
    'SELECT max(id) FROM build ',
    'SELECT max(id) FROM build\n',
    'SELECT max(id) FROM build; DROP TABLE x',
    'SELECT max(id) FROM build UNION SELECT 1',
    'SELECT api_token FROM "user"',
    'SELECT 1; DROP TABLE x',
    'SELECT pg_terminate_backend(1)',
    'SELECT * INTO x FROM y',
    'SELECT 1 FOR UPDATE',
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT setval('x', 1)",
    '\\! id',
    'SELECT 1 \\g /tmp/x',
    "SELECT dblink('x')",
    'WITH x AS (DELETE FROM y RETURNING *) SELECT * FROM x',
    "SELECT set_config('a', 'b', false)",
    'SELECT 1\r; DROP TABLE x',
    'SELECT 1\u2028; DROP TABLE x',
    'SELECT\rpg_terminate_backend(1)',
  ])('not by psql: %s', statement => {
    expect(() => checkReading(['psql', '-XAtc', statement], 'postgres')).toThrow(/not|isn't/);
  });

  it('psql reads no configuration of a user, which could run programs', () => {
    const [statement = ''] = readingStatements;
    expect(() => checkReading(['psql', '-Atc', statement, 'coprdb'], 'postgres')).toThrow('it needs -X');
  });

  it.each([
    '/etc/shadow',
    '/etc//gshadow-',
    '/etc/ssh/ssh_host_ed25519_key',
    '/root/.ssh/id_ed25519',
    '/root/.ssh/ferry-copy',
    '/proc/1/environ',
    '/proc/1/task/1/environ',
    '/etc/letsencrypt/live/x/privkey.pem',
  ])('no reading opens %s', path => {
    for (const argv of [
      ['wc', '-c', path],
      ['sha256sum', path],
      ['xz', '-t', path],
      ['openssl', 'x509', '-noout', '-in', path],
    ])
      expect(() => checkReading(argv), argv.join(' ')).toThrow(expect.objectContaining({ code: 'secret-file' }));
    expect(() => checkReading(['head', '-c', '9', path], 'nobody')).toThrow('holds secrets');
    expect(() => refuseSecretFile(path)).toThrow('it is not read');
  });

  it('a public key, a list of keys that are let in, and a certificate are no secrets', () => {
    for (const path of ['/root/.ssh/ferry-copy.pub', '/root/.ssh/authorized_keys', '/etc/letsencrypt/live/x/cert.pem'])
      expect(() => refuseSecretFile(path)).not.toThrow();
  });

  it('a dump is asked for its last words only', () => {
    const words = '^-- PostgreSQL database dump complete$';
    expect(() => checkReading(['xzgrep', '-c', words, '/var/www/html/db_dumps/coprdb.gz.xz'])).not.toThrow();
    expect(() => checkReading(['xzgrep', '-c', words])).toThrow('too few');
    expect(() => checkReading(['xzgrep', '-c', words, '-f', '/etc/shadow', '/x'])).toThrow('argument 3 (-f)');
  });

  it('a log of plays is asked who played, which tasks failed and for the recap, nothing else', () => {
    const log = '/var/log/ansible/copr-backend/2026/12/01/17.35.20/copr-be-dev.aws.fedoraproject.org.log.gz';
    const who = ['zgrep', '-h', '-o', '-P', '^    "userid": .*'];
    expect(() => checkReading([...who, log])).not.toThrow();
    expect(() => checkReading([...who, '/etc/shadow'])).toThrow("isn't on the list");
    expect(() => checkReading([...who, log.replace('/17.35.20/', '/../')])).toThrow("isn't on the list");
    expect(() => checkReading([...who, '-f', '/etc/shadow', log])).toThrow("isn't on the list");
    expect(() => checkReading(['zgrep', '-h', '-o', '-P', '.*', log])).toThrow("isn't on the list");
  });

  it('no option takes a word that looks like another option for its value; written in one word it is a value', () => {
    for (const { program, words = [], options = {}, as } of readingCommands) {
      for (const name of Object.keys(options)) {
        for (const value of ['--ferry-unknown', '-k', '--']) {
          const argv = [program, ...words.map(([first = '']) => first), name, value];
          expect(() => checkReading(argv, as), argv.join(' ')).toThrow(/isn't on the list|it needs/);
        }
      }
    }
    expect(held('lvs --options=-lv_name')).not.toThrow();
    expect(held('getfattr -d -m - /srv')).not.toThrow();
  });

  it('no argument with a control character, and none that begins with a dash and is unknown, gets by', () => {
    const programs = readingCommands.map(rule => rule.program);
    const words = fc.array(
      fc.oneof(fc.constantFrom('is-active', '--detail', '-o', '-n', '/srv', 'x'), fc.string({ maxLength: 12 })),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...programs),
        words,
        fc.constantFrom('\0', '\n; id', '\u001b]0;x'),
        (program, before, bad) => {
          expect(() => checkReading([program, ...before, `/srv${bad}`])).toThrow();
          expect(() => checkReading([program, ...before, '--ferry-unknown'])).toThrow();
        },
      ),
      { numRuns: 300 },
    );
  });
});
