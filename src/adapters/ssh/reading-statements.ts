/**
 * Every statement that the reading half puts to a database: constants, word by word, into which nothing is ever set. What
 * isn't here is refused, whatever it looks like: a SELECT may call functions that write, and rows may hold secrets.
 */
export const readingStatements: readonly string[] = [
  'SHOW server_version_num',
  'SHOW data_checksums',
  "SELECT datcollversion FROM pg_database WHERE datname = 'coprdb'",
  'SELECT datname, datcollversion, pg_database_collation_actual_version(oid) FROM pg_database WHERE datallowconn',
  'SELECT relname, n_live_tup FROM pg_stat_user_tables ORDER BY n_live_tup DESC LIMIT 5',
  'SELECT count(*) FROM pg_index WHERE NOT indisvalid',
  'SELECT max(id) FROM build',
  'SELECT count(*) FROM copr',
  'SELECT version_num FROM alembic_version',
];

const escaped = readingStatements.map(text => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));

/** Matches each of them, and nothing else. */
export const statement = new RegExp(`^(?:${escaped.join('|')})$`);
