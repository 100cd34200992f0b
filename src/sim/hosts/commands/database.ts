import type { SimFileSystem } from '../../state.ts';
import { type Call, done, exec, failed, type HostCommand, has, type Outcome, split, stdinOf, userOf } from '../call.ts';
import { fileSystemOf } from '../devices.ts';
import { databaseOf, schemas } from '../roles.ts';
import type { VirtualHost } from '../virtual-host.ts';

type Data = SimFileSystem['data'];

/** What the mounted database holds. */
export function dataOf(host: VirtualHost): Data | undefined {
  const mount = host.state.mounts.find(one => one.target === '/var/lib/pgsql');
  return mount === undefined ? undefined : fileSystemOf(host.kernel.state, mount.on)?.data;
}

/** The revision of coprdb's schema; a world that was kept before there was any has the oldest. */
export function schemaOf({ schema = schemas[0] ?? '' }: Data): string {
  return String(schema);
}

const noServer = (name: string) =>
  failed(
    `${name}: error: connection to server on socket "/run/postgresql/.s.PGSQL.5432" failed: No such file or directory\n\tIs the server running locally and accepting connections on that socket?`,
    2,
  );

/** The data of a server that runs. */
export function serving(host: VirtualHost): Data | undefined {
  return host.state.units['postgresql.service']?.active === true ? dataOf(host) : undefined;
}

const tables = ['build', 'build_chroot', 'copr', 'package', 'user', 'action'];

/** Rows of the largest tables, from the two numbers that the data keeps. */
function rows(table: string, data: Data): number {
  const builds = Number(data.highestBuild ?? 0);
  const projects = Number(data.projects ?? 0);
  const factor: Record<string, number> = {
    build: Math.round(builds * 0.93),
    build_chroot: builds * 4,
    copr: projects,
    project: projects,
    package: projects * 5,
    user: Math.round(projects / 6),
    action: builds * 2,
  };
  return factor[table] ?? 0;
}

/** Answers the questions that an upgrade asks, from the volume's data. */
export const psql: HostCommand = call => {
  const { host } = call;
  const { flags, values, operands } = split(
    call.args.flatMap(word => (/^-[XAtq]+c$/.test(word) ? [word.slice(0, -1), '-c'] : [word])),
    ['-c', '-d', '-F', '-U', '-h', '-f', '-v'],
  );
  if (userOf(call) !== 'postgres') return failed('psql: error: FATAL:  role "root" does not exist', 2);
  const data = serving(host);
  if (data === undefined) return noServer('psql');
  void flags;
  const statements = call.args.filter((_, nth) => /^-[XAtq]*c$/.test(call.args[nth - 1] ?? ''));
  const variables = Object.fromEntries(
    call.args.flatMap((word, nth) =>
      call.args[nth - 1] === '-v' ? [word.split(/=(.*)/s, 2) as [string, string]] : [],
    ),
  );
  // What comes by standard input has its variables set in, quoted as names.
  const typed = stdinOf(call)
    .trim()
    .replaceAll(/:"(\w+)"/g, (_, name: string) => `"${variables[name]?.replaceAll('"', '""')}"`);
  const asked = [values.get('-c') ?? operands[1] ?? typed];
  const outputs = (statements.length > 0 ? statements : asked).map(statement =>
    answer(host, data, statement, values.get('-F') ?? '|'),
  );
  const bad = outputs.indexOf(undefined);
  if (bad >= 0) return failed(`ERROR:  the pretend database can't answer: ${statements[bad]}`, 1);
  return done(outputs.filter(one => one !== '').join('\n'));
};

function answer(host: VirtualHost, data: Data, statement: string, separator: string): string | undefined {
  const sql = statement.trim().replace(/;\s*$/, '').replace(/\s+/g, ' ');
  const { major, collation } = databaseOf(host.state.fedora);
  const row = (...cells: (string | number)[]) => cells.join(separator);
  if (/^show server_version_num$/i.test(sql)) return `${major}0001`;
  if (/^show server_version$/i.test(sql)) return `${major}.1`;
  if (/^select version\(\)$/i.test(sql))
    return `PostgreSQL ${major}.1 on x86_64-redhat-linux-gnu, compiled by gcc, 64-bit`;
  if (/^show data_checksums$/i.test(sql)) return data.checksums === true ? 'on' : 'off';
  if (/^show (?:lc_\w+|server_encoding)$/i.test(sql))
    return /encoding/i.test(sql) ? 'UTF8' : String(data.locale ?? 'en_US.UTF-8');
  if (/^show data_directory$/i.test(sql)) return '/var/lib/pgsql/data';
  if (/pg_database/i.test(sql) && /datcollversion|pg_database_collation_actual_version/i.test(sql)) {
    const cells = (/^select (.*?) from/i.exec(sql)?.[1] ?? '').split(/,(?![^()]*\))/).map(column => column.trim());
    const names = /datname\s*=\s*'(\w+)'/i.exec(sql)?.[1];
    return (names === undefined ? ['postgres', 'template1', 'coprdb'] : [names])
      .map(name =>
        row(
          ...cells.map(cell =>
            /actual_version/i.test(cell)
              ? collation
              : /datcollversion/i.test(cell)
                ? String(data.collationVersion ?? '')
                : /datcollate|datctype/i.test(cell)
                  ? String(data.locale ?? '')
                  : name,
          ),
        ),
      )
      .join('\n');
  }
  if (/^alter database "?(\w+)"? refresh collation version$/i.test(sql)) {
    if (data.collationVersion !== collation) {
      data.collationVersion = collation;
      host.effect('collation-refreshed', { version: collation });
    }
    return 'ALTER DATABASE';
  }
  if (/^select datname from pg_database/i.test(sql)) return ['postgres', 'template1', 'coprdb'].join('\n');
  if (/^select version_num from alembic_version$/i.test(sql)) return schemaOf(data);
  if (/from pg_index/i.test(sql)) return /count/i.test(sql) ? '0' : '';
  if (/from pg_stat_activity/i.test(sql)) return '0';
  if (/pg_database_size/i.test(sql)) return '53687091200';
  if (/from pg_(?:stat_user_tables|class)/i.test(sql))
    return tables.map(table => row(table, rows(table, data))).join('\n');
  if (/^select (?:coalesce\()?max\(id\)/i.test(sql)) return String(data.highestBuild ?? '');
  const counted = /^select count\(\*\) from "?(?:public\.)?"?(\w+)"?/i.exec(sql)?.[1];
  if (counted !== undefined) return String(rows(counted.toLowerCase(), data));
  const several = [...sql.matchAll(/\(select (count\(\*\)|max\(id\)) from "?(\w+)"?\)/gi)];
  if (several.length > 0)
    return row(
      ...several.map(([, what, table = '']) =>
        /max/i.test(what ?? '') ? String(data.highestBuild ?? '') : rows(table.toLowerCase(), data),
      ),
    );
  return /^select 1$/i.test(sql) ? '1' : undefined;
}

export const postgresqlSetup: HostCommand = async call => {
  const { host, session } = call;
  const { major } = databaseOf(host.state.fedora);
  const has_ = (name: string) => host.state.packages[name] !== undefined;
  if (call.args.includes('--upgrade-ids'))
    return has_('postgresql-upgrade')
      ? done(
          ` * postgresql - Upgrade data from system PostgreSQL version (PostgreSQL ${major === 18 ? 16 : major - 1})`,
        )
      : failed('', 1);
  if (!call.args.includes('--upgrade')) return failed('FATAL: this mode is not known here');
  const fail = (why: string) => failed(` * Upgrading database.\nERROR: ${why}\nERROR: Upgrade failed.`);
  const version = '/var/lib/pgsql/data/PG_VERSION';
  const old = Number(await host.fs.readFile(version).catch(() => ''));
  const data = dataOf(host);
  if (data === undefined || !(old > 0)) return fail('The database directory is missing or empty.');
  if (host.state.units['postgresql.service']?.active === true)
    return fail('The postgresql.service is running, stop it first.');
  if (!has_('postgresql-upgrade')) return fail('postgresql-upgrade package is not installed.');
  if (old === major) return fail(`Cluster in "/var/lib/pgsql/data" is already of version ${major}.`);
  const options = ['PGSETUP_INITDB_OPTIONS', 'PGSETUP_PGUPGRADE_OPTIONS']
    .map(name => call.ctx.env.get(name) ?? '')
    .join(' ');
  if (major >= 18 && data.checksums !== true && !options.includes('no-data-checksums'))
    return fail('pg_upgrade: old cluster does not use data checksums but the new one does. Failure, exiting');
  await host.wait(call.host.state.environment === 'prod' ? 240_000 : 60_000, session);
  if (session.signal?.aborted === true) return failed('', 137);
  await host.fs.mkdir('/var/lib/pgsql/data-old/global', { recursive: true });
  await host.fs.writeFile('/var/lib/pgsql/data-old/PG_VERSION', `${old}\n`);
  await host.fs.writeFile('/var/lib/pgsql/data-old/global/pg_control.old', 'control\n');
  await host.fs.writeFile(version, `${major}\n`);
  data.postgresMajor = major;
  host.effect('database-upgraded', { from: old, to: major });
  return done(
    ` * Upgrading database.\n * Upgraded OK.\nWARNING: The configuration files were replaced by default configuration.\n * See /var/lib/pgsql/upgrade_postgresql.log for details.`,
  );
};

export const pgControldata: HostCommand = async ({ host, args }) => {
  const version = await host.fs.readFile(`${args.at(-1)}/PG_VERSION`).catch(() => undefined);
  if (version === undefined)
    return failed(`pg_controldata: fatal: could not open file "${args.at(-1)}/global/pg_control"`);
  return done(
    `pg_control version number:            ${version.trim()}00\nDatabase cluster state:               ${host.state.units['postgresql.service']?.active === true ? 'in production' : 'shut down'}\nData page checksum version:           ${dataOf(host)?.checksums === true ? 1 : 0}`,
  );
};

const maintenance =
  (effect: string, ms: number): HostCommand =>
  async ({ host, name, session, args }) => {
    if (serving(host) === undefined) return noServer(name);
    await host.wait(host.state.environment === 'prod' ? ms : ms / 3, session);
    if (session.signal?.aborted === true) return failed('', 137);
    host.effect(effect, { args: [...args] });
    return done();
  };
export const reindexdb = maintenance('database-reindexed', 180_000);
export const vacuumdb = maintenance('database-analyzed', 60_000);

/** Sleeps an unknown while in a process of its own, then dumps; overwrites today's file and deletes yesterday's. */
export const backupDatabase: HostCommand = async call => {
  const { host, session } = call;
  if (userOf(call) !== 'postgres') return failed('backup-database: must be run as postgres');
  if (serving(host) === undefined) return noServer('pg_dump');
  const own = host.addProcess({
    user: 'postgres',
    command: `/bin/sh /usr/local/bin/backup-database ${call.args.join(' ')}`,
    holds: ['/var/www/html/db_dumps'],
  });
  const seconds = 300 + ((host.state.nextPid * 7919) % 900);
  const sleeper = host.addProcess({
    user: 'postgres',
    parent: own.pid,
    command: `sleep ${seconds}`,
    holds: [],
  });
  await host.show();
  await Promise.race([host.wait(seconds * 1000, session), host.gone(sleeper.pid)]);
  host.kill(sleeper.pid);
  const dumper = host.addProcess({
    user: 'postgres',
    parent: own.pid,
    command: `/usr/bin/pg_dump -C ${call.args[0] ?? ''}`,
    holds: [],
  });
  const dumped = await dump(call);
  host.kill(dumper.pid);
  if (!dumped) {
    host.kill(own.pid);
    return failed('', 137);
  }
  host.kill(own.pid);
  return done();
};

async function dump({ host, session, args }: Call): Promise<boolean> {
  const data = dataOf(host) ?? {};
  await host.wait(host.state.environment === 'prod' ? 22 * 60_000 : 4 * 60_000, session);
  if (session.signal?.aborted === true || serving(host) === undefined) return false;
  const folder = '/var/www/html/db_dumps';
  await host.fs.mkdir(folder, { recursive: true });
  const today = new Date().toISOString().slice(0, 10);
  const file = `${folder}/${args[0] ?? 'coprdb'}-${today}.gz.xz`;
  for (const old of await host.fs.readdir(folder)) if (!file.endsWith(old)) await host.fs.rm(`${folder}/${old}`);
  await host.fs.writeFile(
    file,
    `-- PostgreSQL database dump\n-- builds up to ${data.highestBuild}\n-- PostgreSQL database dump complete\n`,
  );
  host.effect('database-dumped', { file });
  return true;
}

export const coprFrontend: HostCommand = async call => {
  const { host, session } = call;
  const { flags, values, operands } = split(call.args, ['--outage_time', '--ticket']);
  if (operands[0] !== 'warning-banner') return failed(`Error: No such command '${operands[0] ?? ''}'.`, 2);
  await host.wait(1_500, session);
  const file = '/var/lib/copr/data/banner-include.html';
  if (has(flags, '--remove')) {
    await host.fs.rm(file, { force: true });
    host.effect('banner-removed', {});
    return done();
  }
  const time = values.get('--outage_time') ?? '';
  await host.fs.writeFile(file, `Scheduled outage ${time} ticket ${values.get('--ticket') ?? ''}\n`);
  host.effect('banner-set', { time, ticket: values.get('--ticket') });
  return done();
};

/** As `su - postgres -c …`, for scripts of the roles. */
export const su: HostCommand = async (call): Promise<Outcome> => {
  const words = call.args.filter(word => word !== '-' && word !== '-l' && word !== '--login');
  const at = words.indexOf('-c');
  const command = at < 0 ? undefined : words[at + 1];
  const user = words.find((word, nth) => !word.startsWith('-') && (at < 0 || (nth !== at && nth !== at + 1))) ?? 'root';
  if (command === undefined) return done();
  return exec(call, ['runuser', '-u', user, '--', 'sh', '-c', command]);
};
