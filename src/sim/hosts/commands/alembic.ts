import { done, failed, type HostCommand, userOf } from '../call.ts';
import { schemaOfPackage, schemas } from '../roles.ts';
import type { VirtualHost } from '../virtual-host.ts';
import { dataOf, schemaOf, serving } from './database.ts';

/** Where copr-frontend has its migrations; alembic finds them from there only. */
export const migrationsFolder = '/usr/share/copr/coprs_frontend';

/** What the installed copr-frontend needs; undefined where it isn't installed. */
function headOf(host: VirtualHost): string | undefined {
  const version = host.state.packages['copr-frontend'];
  return version === undefined ? undefined : schemaOfPackage(version);
}

/** Whether the playbook's task "upgrade db to head" has something to do; brings the schema there unless it only checks. */
export function migrateByPlay(host: VirtualHost, check: boolean): 'ok' | 'changed' | 'skipping' {
  const data = dataOf(host);
  const head = headOf(host);
  if (data === undefined || head === undefined) return 'skipping';
  const from = schemaOf(data);
  if (from === head) return 'ok';
  if (check) return 'changed';
  data.schema = head;
  host.effect('database-migrated', { from, schema: head });
  return 'changed';
}

/** `heads` of the package, and `upgrade head` of coprdb: all in one transaction, so that a killed one leaves nothing behind. */
export const alembic: HostCommand = async call => {
  const { host, session, args, ctx } = call;
  const head = headOf(host);
  if (head === undefined || ctx.cwd !== migrationsFolder)
    return failed("FAILED: No 'script_location' key found in configuration.", 255);
  if (args.join(' ') === 'heads') return done(`${head} (head)`);
  if (args.join(' ') !== 'upgrade head') return failed('alembic-3: error: not known here', 2);
  const noDatabase = (why: string) => failed(`sqlalchemy.exc.OperationalError: ${why}`);
  if (!(await host.fs.exists('/etc/copr/copr.conf')))
    return noDatabase('(sqlite3.OperationalError) unable to open database file');
  const data = serving(host);
  if (data === undefined) return noDatabase('connection to server on socket "/run/postgresql/.s.PGSQL.5432" failed');
  if (userOf(call) !== 'copr-fe') return noDatabase('FATAL:  Peer authentication failed for user "copr-fe"');
  const from = schemaOf(data);
  if (!schemas.includes(from)) return failed(`FAILED: Can't locate revision identified by '${from}'`, 255);
  const missing = schemas.slice(schemas.indexOf(from) + 1, schemas.indexOf(head) + 1);
  await host.wait(missing.length * (host.state.environment === 'prod' ? 60_000 : 20_000), session);
  if (session.signal?.aborted === true) return failed('', 137);
  if (missing.length > 0) {
    data.schema = head;
    host.effect('database-migrated', { from, schema: head });
  }
  return done(
    ['INFO  [alembic.runtime.migration] Will assume transactional DDL.']
      .concat(missing.map(to => `INFO  [alembic.runtime.migration] Running upgrade -> ${to}`))
      .join('\n'),
  );
};
