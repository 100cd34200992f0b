import { Halt } from '#core/errors.ts';
import type { HostRef, ShellReader } from '#ports/shell.ts';
import type { TargetFacts } from '../facts.ts';
import { mustRead } from './host-facts.ts';

/** What PostgreSQL says of itself: decides whether it must be upgraded, reindexed, and by which rules. */
export async function databaseFacts(shell: ShellReader, host: HostRef): Promise<NonNullable<TargetFacts['database']>> {
  const ask = async (statement: string, database = 'coprdb') =>
    (await mustRead(shell, host, ['psql', '-X', '-A', '-t', '-d', database, '-c', statement], 'postgres')).trim();
  const version = Number(await ask('SHOW server_version_num'));
  if (!Number.isInteger(version)) throw new Halt('can-not-read', 'PostgreSQL names no version');
  const checksums = (await ask('SHOW data_checksums')) === 'on';
  const collation = await ask("SELECT datcollversion FROM pg_database WHERE datname = 'coprdb'");
  const rows = await ask('SELECT relname, n_live_tup FROM pg_stat_user_tables ORDER BY n_live_tup DESC LIMIT 5');
  const largest = rows.split('\n').flatMap(line => {
    const [table, count] = line.split('|');
    return table === undefined || count === undefined ? [] : [{ table, rows: Number(count) }];
  });
  return { major: Math.floor(version / 10_000), checksums, collation, largest };
}

/** What check-service compares: the newest build and the number of projects. */
export async function countFacts(shell: ShellReader, host: HostRef): Promise<NonNullable<TargetFacts['counts']>> {
  const one = async (statement: string) =>
    Number(
      (await mustRead(shell, host, ['psql', '-X', '-A', '-t', '-d', 'coprdb', '-c', statement], 'postgres')).trim(),
    );
  return { highestBuild: await one('SELECT max(id) FROM build'), projects: await one('SELECT count(*) FROM copr') };
}
