import type { HostRef, ShellReader } from '#ports/shell.ts';
import { readOrRefuse } from './read-or-refuse.ts';

/** Where Copr's migrations are: alembic finds them from this folder only. */
export const migrationsFolder = '/usr/share/copr/coprs_frontend';

/** Asks the package's files for their newest revision. A migration may import Copr itself; nothing is compiled meanwhile. */
export const headsArgv: readonly string[] = [
  'env',
  '-C',
  migrationsFolder,
  'PYTHONDONTWRITEBYTECODE=1',
  `PYTHONPATH=${migrationsFolder}`,
  'alembic-3',
  'heads',
];

/** Revisions of alembic, e.g. `bb52d9f878f5`. Anything but one in each is what a person must look at. */
export interface Schema {
  /** What the database says that it is at: one line, unless it never was migrated. */
  readonly revisions: readonly string[];
  /** What the installed copr-frontend needs: one, unless its migrations branch. */
  readonly heads: readonly string[];
}

/** @throws Refused `read-failed` when the database or the package isn't there, Unknown. */
export async function schemaOf(shell: ShellReader, host: HostRef, database: string): Promise<Schema> {
  const statement = 'SELECT version_num FROM alembic_version';
  const rows = await readOrRefuse(shell, host, ['psql', '-XAtc', statement, database], { as: 'postgres' });
  const heads = await readOrRefuse(shell, host, headsArgv, { as: 'copr-fe' });
  return { revisions: firstWords(rows), heads: firstWords(heads) };
}

/** Of a database that is at the package's one head: that revision. */
export function atHead({ revisions, heads }: Schema): string | undefined {
  const [head] = heads;
  return heads.length === 1 && revisions.length === 1 && revisions[0] === head ? head : undefined;
}

function firstWords(text: string): string[] {
  return text.split('\n').flatMap(line => /^\s*(\w+)/.exec(line)?.[1] ?? []);
}
