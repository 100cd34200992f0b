import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { headsArgv } from '#changes/shared/schema-revision.ts';
import { seededTargets } from '#sim/ec2/seeded-targets.ts';
import type { HostState } from '#sim/hosts/host-state.ts';
import { Bot } from './bot.ts';
import { PretendEc2 } from './pretend-ec2.ts';
import { type PretendHosts, startPretendHosts } from './pretend-hosts.ts';

const target = seededTargets['copr-fe-dev'];
const old = { instance: target.instance };
const batcave = { host: 'batcave01' };
const name = 'copr-fe-dev.aws.fedoraproject.org';
const play = `sudo -n rbac-playbook -l ${name} groups/copr-frontend.yml`;

describe("a frontend's database moves to a newer PostgreSQL", () => {
  let pretend: PretendHosts;
  let ec2: PretendEc2;
  let bot: Bot;
  let instance = '';
  const fresh = () => ({ instance });
  const asks = async (host: { instance: string }, statement: string) =>
    (await bot.shell.run(host, ['psql', '-XAtc', statement, 'coprdb'], bot.send(), { as: 'postgres' })).stdout.trim();

  beforeAll(async () => {
    pretend = await startPretendHosts('max');
    ec2 = new PretendEc2(pretend);
    bot = new Bot(pretend.shell());
    instance = await ec2.launch(target);
  });
  afterAll(async () => {
    await bot.shell.close();
    await pretend.stop();
  });

  it('is older on prod, where copr-frontend is', () => {
    const version = (host: string) => (pretend.kernel.state.hosts[host] as HostState).packages['copr-frontend'];
    const schema = (volume: string) => pretend.kernel.state.volumes[volume]?.Content.fileSystem?.data.schema;
    const prod = seededTargets['copr-fe'];
    expect([version(target.instance), schema(target.volumes[0]!.id)]).toEqual(['2.4-1.fc41', 'bb52d9f878f5']);
    expect([version(prod.instance), schema(prod.volumes[0]!.id)]).toEqual(['2.3-2.fc41', '06b208e317a3']);
  });

  it('answers what an upgrade asks about it', async () => {
    expect(await asks(old, 'SHOW server_version_num')).toBe('160001');
    expect(await asks(old, 'SHOW data_checksums')).toBe('off');
    expect(
      await asks(
        old,
        "SELECT datcollversion, pg_database_collation_actual_version(oid) FROM pg_database WHERE datname = 'coprdb'",
      ),
    ).toBe('2.40|2.40');
    expect(await asks(old, 'SELECT max(id) FROM build')).toBe('214877');
    expect(await asks(old, 'SELECT count(*) FROM copr')).toBe('3112');
  });

  it('is dumped as postgres; the dump sleeps in a process that can be killed', async () => {
    pretend.kernel.setSpeed(100);
    const send = bot.send();
    await bot.shell.start(old, ['/usr/local/bin/backup-database', 'coprdb'], send, { as: 'postgres' });
    const pid = await vi.waitFor(async () => {
      const found = await bot.reads(old, 'pgrep -x -u postgres sleep');
      expect(found).toMatch(/^\d+$/);
      return found;
    });
    await bot.does(old, `kill ${pid}`);
    await vi.waitFor(async () => expect(await bot.reads(old, 'pgrep -x -u postgres sleep')).toBe(''));
    expect((await bot.shell.detached(old, send.run, send.key)).is).toBe('running');
    pretend.kernel.setSpeed('max');
    await vi.waitFor(async () =>
      expect(await bot.shell.detached(old, send.run, send.key)).toMatchObject({ is: 'ended', code: 0 }),
    );
    const [dump = ''] = (await bot.reads(old, 'ls /var/www/html/db_dumps')).split('\n');
    const path = `/var/www/html/db_dumps/${dump}`;
    expect((await bot.shell.read(old, ['xz', '-t', path])).code).toBe(0);
    const complete = ['xzgrep', '-c', '^-- PostgreSQL database dump complete$', path];
    expect(await bot.shell.read(old, complete)).toMatchObject({ code: 0, stdout: '1\n' });
    expect((await bot.shell.run(old, ['sh', '-c', `xzcat ${path} | tail -n 1`], bot.send())).stdout).toBe(
      '-- PostgreSQL database dump complete\n',
    );
  });

  it('its certificate is copied ahead by a play with one tag', async () => {
    const found = await bot.plays(batcave, `${play} -t certbot`);
    expect(found).toMatchObject({ code: 0 });
    expect(
      await bot.reads(
        old,
        `openssl x509 -noout -serial -enddate -in /etc/letsencrypt/live/copr.stg.fedoraproject.org/cert.pem`,
      ),
    ).toMatch(/^serial=.*\nnotAfter=/);
  });

  it('root state is copied by rsync to the new host', async () => {
    const address = pretend.kernel.state.instances[instance]!.PublicIpAddress!;
    await bot.does(old, `rsync -a /var/lib/copr/data/ root@${address}:/var/lib/copr/data/`);
    expect(await bot.reads(fresh(), 'cat /etc/hostname')).toMatch(/^ip-/);
    expect(await bot.shell.file(fresh(), '/var/lib/copr/data/secret')).toBe('secret\n');
    expect(await bot.reads(fresh(), 'du --inodes -s /var/lib/copr/data')).toMatch(/^\d+\t/);
  });

  it('leaves in order: a bind mount over the file system', async () => {
    await bot.does(old, 'copr-frontend warning-banner --outage_time now --ticket 1');
    await bot.does(old, 'systemctl stop fm-consumer@copr_messaging httpd crond');
    expect((await bot.run(old, 'umount /var/lib/pgsql')).code).toBe(32);
    await bot.does(old, 'systemctl stop postgresql');
    expect((await bot.shell.read(old, ['psql', '-XAtc', 'SELECT max(id) FROM build'], { as: 'postgres' })).code).toBe(
      2,
    );
    await bot.does(old, 'umount /var/lib/pgsql');
    await bot.does(old, 'umount /srv/copr-fe');
    await ec2.detach(target.volumes[0]!.id, old.instance);
    await ec2.attach(target.volumes[0]!.id, instance, target.volumes[0]!.device);
    ec2.move(target.elasticIp, instance);
  });

  it('the play stops at mounting before anything of Copr is there', async () => {
    const [volume] = target.volumes;
    await ec2.detach(volume!.id, instance);
    pretend.inventory.edit('inventory/inventory', text => text.replace(`]\n${name}\n`, `]\n${name} birthday=yes\n`));
    await bot.does(batcave, 'git -C /srv/web/infra/ansible pull');
    const found = await bot.plays(batcave, play);
    expect(found).toMatchObject({ code: 2 });
    expect(found.tail.join('\n')).toContain('Error mounting /srv/copr-fe');
    expect(await bot.reads(fresh(), 'rpm -q copr-frontend')).toBe('package copr-frontend is not installed');
    expect(await bot.shell.file(fresh(), '/etc/copr/copr.conf')).toBeUndefined();
    await ec2.attach(volume!.id, instance, volume!.device);
  });

  it("the play fails at starting a database of another major, until it's upgraded", async () => {
    const found = await bot.plays(batcave, play);
    expect(found).toMatchObject({ code: 2 });
    expect(found.tail.join('\n')).toContain('An old version of the database format was found');
    expect(await bot.reads(fresh(), 'findmnt -n -o SOURCE /var/lib/pgsql')).toBe('/dev/nvme1n1[/pgsqldb]');
  });

  it('needs the upgrade package, and the flag for a cluster without checksums', async () => {
    expect((await bot.run(fresh(), 'postgresql-setup --upgrade')).stderr).toContain(
      'postgresql-upgrade package is not installed',
    );
    await bot.does(fresh(), 'dnf -y install postgresql-upgrade');
    expect(await bot.reads(fresh(), 'postgresql-setup --upgrade-ids')).toContain('16');
    expect((await bot.run(fresh(), 'postgresql-setup --upgrade')).stderr).toContain('does not use data checksums');
    const upgrade = ['env', 'PGSETUP_INITDB_OPTIONS=--no-data-checksums', 'postgresql-setup', '--upgrade'];
    expect(await bot.shell.run(fresh(), upgrade, bot.send())).toMatchObject({ code: 0 });
    await bot.does(fresh(), 'systemctl start postgresql');
    expect(await asks(fresh(), 'SHOW server_version_num')).toBe('180001');
    expect(await asks(fresh(), 'SELECT count(*) FROM copr')).toBe('3112');
  });

  it('is reindexed for its new collations', async () => {
    const versions =
      "SELECT datcollversion, pg_database_collation_actual_version(oid) FROM pg_database WHERE datname = 'coprdb'";
    expect(await asks(fresh(), versions)).toBe('2.40|2.42');
    await bot.does(fresh(), 'reindexdb --all -j 2', { as: 'postgres' });
    const refresh = ['psql', '-XAtc', 'ALTER DATABASE coprdb REFRESH COLLATION VERSION'];
    expect(await bot.shell.run(fresh(), refresh, bot.send(), { as: 'postgres' })).toMatchObject({ code: 0 });
    await bot.does(fresh(), 'vacuumdb --all --analyze-in-stages', { as: 'postgres' });
    expect(await asks(fresh(), versions)).toBe('2.42|2.42');
    expect(await asks(fresh(), 'SELECT count(*) FROM pg_index WHERE NOT indisvalid')).toBe('0');
  });

  it('has a schema that only alembic of copr-fe, in its folder, brings to what the package needs', async () => {
    const { data } = pretend.kernel.state.volumes[target.volumes[0]!.id]!.Content.fileSystem!;
    const alembic = (folder: string, as: string) =>
      bot.shell.run(fresh(), ['env', '-C', folder, 'alembic-3', 'upgrade', 'head'], bot.send(), { as });
    const folder = '/usr/share/copr/coprs_frontend';
    expect(await asks(fresh(), 'SELECT version_num FROM alembic_version')).toBe('bb52d9f878f5');
    expect((await bot.shell.read(fresh(), headsArgv, { as: 'copr-fe' })).stdout).toBe('bb52d9f878f5 (head)\n');
    data.schema = 'f00dfeedf00d';
    expect((await alembic(folder, 'copr-fe')).stderr).toContain("Can't locate revision identified by 'f00dfeedf00d'");
    data.schema = '06b208e317a3';
    expect((await alembic('/tmp', 'copr-fe')).code).toBe(255);
    expect((await alembic('/usr/share/nothing', 'copr-fe')).code).toBe(125);
    expect((await alembic(folder, 'postgres')).stderr).toContain('Peer authentication failed');
    expect(await alembic(folder, 'copr-fe')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('bb52d9f878f5'),
    });
    expect(data.schema).toBe('bb52d9f878f5');
  });

  it('is migrated by the play too, as far as nobody did before', async () => {
    const { data } = pretend.kernel.state.volumes[target.volumes[0]!.id]!.Content.fileSystem!;
    data.schema = '06b208e317a3';
    expect(await bot.plays(batcave, play)).toMatchObject({ code: 0 });
    expect(data.schema).toBe('bb52d9f878f5');
  });

  it('serves web and API after the last play', async () => {
    expect(await bot.plays(batcave, play)).toMatchObject({ code: 0 });
    expect(await bot.reads(batcave, `curl -s -o /dev/null -w %{http_code} https://${name}/api_3/`)).toBe('200');
    expect(await bot.reads(fresh(), 'systemctl is-active fm-consumer@copr_messaging httpd crond')).toBe(
      'active\nactive\nactive',
    );
  });

  it('an upgrade that the new server never ran on can be taken back', async () => {
    await bot.does(fresh(), 'systemctl stop postgresql');
    await bot.does(fresh(), 'rm -rf /var/lib/pgsql/data');
    await bot.does(fresh(), 'mv /var/lib/pgsql/data-old /var/lib/pgsql/data');
    await bot.does(fresh(), 'umount /var/lib/pgsql');
    const volume = pretend.kernel.state.volumes[target.volumes[0]!.id]!;
    expect(volume.Content.fileSystem?.data.postgresMajor).toBe(16);
  });
});
