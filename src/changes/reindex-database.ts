import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { hostName, onHost } from './shared/command-line.ts';
import { isLook, lookAtCommand } from './shared/look-at-command.ts';
import type { Nothing } from './shared/nothing.ts';
import { readOrRefuse } from './shared/read-or-refuse.ts';

type Args = {
  readonly host: HostRef;
  /** How many indexes at a time. */
  readonly jobs: number;
};

const as = 'postgres';
const versions =
  'SELECT datname, datcollversion, pg_database_collation_actual_version(oid) FROM pg_database WHERE datallowconn';
/** The collation version is refreshed last: equal versions say that all before it is done. */
const script = [
  'reindexdb --all -j "$1" && vacuumdb --all --analyze-in-stages -j "$1" || exit',
  'names=$(psql -XAtc "SELECT datname FROM pg_database WHERE datallowconn") || exit',
  // A name is given to psql, which quotes it: it never becomes a part of the statement here.
  'printf "%s\\n" "$names" | while IFS= read -r name; do',
  '  printf \'%s\\n\' \'ALTER DATABASE :"name" REFRESH COLLATION VERSION\' | psql -XAt -v ON_ERROR_STOP=1 -v "name=$name" || exit',
  'done',
].join('\n');

/**
 * Rebuilds all indexes after another glibc or another major, gathers statistics, and records the collation version.
 * Source: the document, "Upgrade the database"; procedure, reindex-database.
 */
export const reindexDatabase: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'reindex-database',
  version: 1,
  repeat: 'converges',
  limit: 'upgrade',

  say: ({ host, jobs }) =>
    `on ${hostName(host)} rebuild all indexes (${jobs} at a time), gather statistics, refresh the collation version`,

  async look(ports, { host }, about) {
    const state = await lookAtCommand<Nothing>(ports, host, about, 'rebuilding the indexes');
    if (isLook(state)) return state;
    if (state.is === 'done') return { is: 'after', output: {} };
    const rows = (await readOrRefuse(ports.shell, host, ['psql', '-XAtc', versions], { as })).trim().split('\n');
    const stale = rows.filter(row => {
      const [recorded, actual] = row.split('|').slice(-2);
      return recorded !== actual;
    });
    return stale.length === 0
      ? { is: 'after', output: {}, saw: 'every collation version is current' }
      : { is: 'before', before: stale };
  },

  async make({ shell }, { host, jobs }, send) {
    await shell.start(host, ['sh', '-c', script, 'reindex', String(jobs)], send, { as });
    return undefined;
  },

  inverse: () => ({ rule: 'rebuilt indexes serve the old server as well' }),

  byHand: ({ host, jobs }) =>
    onHost(host, ['sh', '-c', `reindexdb --all -j ${jobs} && vacuumdb --all --analyze-in-stages`], as),
});
