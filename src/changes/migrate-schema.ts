import { type ChangeMaker, defineChange, type Look } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { hostName, onHost } from './shared/command-line.ts';
import { isLook, lookAtCommand } from './shared/look-at-command.ts';
import { other } from './shared/looks.ts';
import { atHead, migrationsFolder, schemaOf } from './shared/schema-revision.ts';

type Args = {
  readonly host: HostRef;
  /** "coprdb". */
  readonly database: string;
};
type Output = { readonly revision: string };

const as = 'copr-fe';
const argv = ['env', '-C', migrationsFolder, 'alembic-3', 'upgrade', 'head'];

/**
 * Migrates the schema of Copr's database to what the installed copr-frontend needs, as the role's task "upgrade db to head"
 * does. PostgreSQL takes back what an interrupted migration did, and another begins where the database says that it is.
 * Source: procedure, enable-services.
 */
export const migrateSchema: ChangeMaker<Args, Output> = defineChange<Args, Output>({
  kind: 'migrate-schema',
  version: 1,
  repeat: 'converges',
  limit: 'upgrade',

  say: ({ host, database }) =>
    `on ${hostName(host)} migrate the schema of ${database} where copr-frontend's version needs it; afterwards the old frontend can't use it`,

  async look(ports, { host, database }, about): Promise<Look<Output>> {
    const state = await lookAtCommand<Output>(ports, host, about, 'alembic-3 upgrade head');
    if (isLook(state)) return state;
    const schema = await schemaOf(ports.shell, host, database);
    const { revisions, heads } = schema;
    const [revision = ''] = revisions;
    const evidence = [`${database}: ${revisions.join(', ') || 'none'}`, `copr-frontend: ${heads.join(', ') || 'none'}`];
    if (revisions.length !== 1 || heads.length !== 1) {
      return other('unknown-schema', `${database} on ${hostName(host)} or copr-frontend has no one revision`, evidence);
    }
    if (atHead(schema) !== undefined) {
      return {
        is: 'after',
        output: { revision },
        saw: `${database} is at ${revision} already, as copr-frontend needs it`,
      };
    }
    if (state.is === 'absent') return { is: 'before', before: revision };
    const sentence = `alembic-3 on ${hostName(host)} said that all went well, but ${database} isn't at copr-frontend's revision`;
    return other('not-migrated', sentence, evidence);
  },

  async make({ shell }, { host }, send) {
    await shell.start(host, argv, send, { as });
    return undefined;
  },

  inverse: ({ database }, made) => ({
    impossible:
      made === undefined
        ? `where ${database} was migrated, only the clean snapshot or the dump brings the old schema back; where it is found as copr-frontend needs it, nothing is changed, and this keeps nobody from going back`
        : `only the clean snapshot or the dump brings the old schema of ${database} back`,
  }),

  byHand: ({ host }) => onHost(host, argv, as),
});
