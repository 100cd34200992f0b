import { type ChangeMaker, defineChange, type Look, type Readers } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { restoreOldDatabase } from './restore-old-database.ts';
import { commandLine, hostName, onHost } from './shared/command-line.ts';
import { isLook, lookAtCommand } from './shared/look-at-command.ts';
import { other } from './shared/looks.ts';

type Args = {
  readonly host: HostRef;
  /** Majors of PostgreSQL. */
  readonly from: number;
  readonly to: number;
  /** Whether the old cluster has data checksums: from 18 on, initdb makes them unless told. */
  readonly checksums: boolean;
  /** `copy` keeps the old cluster usable; `link`, postgresql-setup's own way, doesn't once the new server has started. */
  readonly mode: 'link' | 'copy';
  /** The cluster, e.g. /var/lib/pgsql/data. */
  readonly data: string;
};
type Output = { readonly major: number };

/**
 * Upgrades a PostgreSQL cluster to the next major by postgresql-setup, which moves the old one to `data-old`. An
 * interrupted one is never repeated. Source: the document, "Upgrade the database"; procedure, upgrade-database.
 */
export const upgradeDatabase: ChangeMaker<Args, Output> = defineChange<Args, Output>({
  kind: 'upgrade-database',
  version: 1,
  repeat: 'ask',
  limit: 'upgrade',

  say: ({ host, from, to, checksums, mode, data }) =>
    `on ${hostName(host)} upgrade ${data} from PostgreSQL ${from} to ${to}, by ${mode}, ${checksums ? 'with' : 'without'} checksums`,

  async look(ports, args, about) {
    const state = await lookAtCommand<Output>(ports, args.host, about, 'postgresql-setup --upgrade');
    if (isLook(state)) {
      // Nobody knows how far it got: not for the next generation, but for a person.
      return state.is === 'other' ? { ...state, code: 'upgrade-interrupted' } : state;
    }
    return byVersion(ports, args, state.is === 'done');
  },

  async make({ shell }, args, send) {
    await shell.start(args.host, argvOf(args), send);
    return undefined;
  },

  inverse: ({ host, data, from, mode }) =>
    mode === 'copy'
      ? { change: restoreOldDatabase({ host, data, major: from }) }
      : {
          impossible:
            'the old cluster shares its files with the new one: only the clean snapshot or the dump brings it back',
        },

  byHand: args => onHost(args.host, commandLine(argvOf(args))),
});

function argvOf({ checksums, mode, to }: Args): string[] {
  return [
    'env',
    ...(checksums || to < 18 ? [] : ['PGSETUP_INITDB_OPTIONS=--no-data-checksums']),
    ...(mode === 'copy' ? ['PGSETUP_PGUPGRADE_OPTIONS=--copy'] : []),
    'postgresql-setup',
    '--upgrade',
  ];
}

async function byVersion({ shell }: Readers, { host, data, from, to }: Args, ended: boolean): Promise<Look<Output>> {
  const text = await shell.file(host, `${data}/PG_VERSION`);
  if (text === undefined) return other('no-database', `${hostName(host)} has no cluster in ${data}: is it mounted?`);
  const major = Number(text.trim());
  if (major === to) return { is: 'after', output: { major } };
  if (major === from && !ended) return { is: 'before' };
  return other(
    'wrong-version',
    `${data} on ${hostName(host)} is of PostgreSQL ${major}, ${ended ? `though the upgrade to ${to} said that it went well` : `neither ${from} nor ${to}`}`,
  );
}
