import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { programOf, shortName } from './parsers/processes.ts';
import { hostName, onHost } from './shared/command-line.ts';
import { processesOf } from './shared/host-reads.ts';
import { keptDumps } from './shared/kept-dumps.ts';
import { isLook, lookAtCommand } from './shared/look-at-command.ts';
import type { Nothing } from './shared/nothing.ts';

type Args = {
  readonly host: HostRef;
  /** The backup script, e.g. /usr/local/bin/backup-database. */
  readonly program: string;
  readonly database: string;
  /** Where the script writes its dumps. */
  readonly folder: string;
};

/**
 * Links every dump aside before the backup script runs. Today's loses its own name: the script writes into the file of
 * that name as it stands, and would overwrite what the link shows. A dump that was kept once is not kept again.
 */
const script = [
  'mkdir -p "$1" && rm -f "$1/ended" || exit',
  'for dump in "$2"/*.xz; do',
  '  [ -f "$dump" ] || continue',
  '  [ -e "$1/$(basename "$dump")" ] || ln "$dump" "$1/$(basename "$dump")" || exit',
  '  case "$dump" in *"$(date +%F)"*) rm -f "$dump" || exit;; esac',
  'done',
  'runuser -u postgres -- "$3" "$4"; code=$?',
  'touch "$1/ended"',
  'exit $code',
].join('\n');

/**
 * Dumps a database by its own backup script, which takes long and sleeps first; `cut-backup-sleep` beside it ends the
 * sleep. Older dumps are kept aside, since the script overwrites today's and deletes yesterday's. Source: the document,
 * "Backup the database"; procedure, back-up-database; facts, "Details that bite".
 */
export const backUpDatabase: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'back-up-database',
  version: 1,
  repeat: 'converges',
  limit: 'dump',
  unseen: true,

  say: ({ host, program, database, folder }) =>
    `on ${hostName(host)} run ${program} ${database} as postgres; the dumps in ${folder} are kept aside`,

  async look(ports, { host, program, database }, about) {
    const state = await lookAtCommand<Nothing>(ports, host, about, `the dump of ${database}`);
    if (isLook(state)) return state;
    if (state.is === 'done') return { is: 'after', output: {} };
    const [running] = (await processesOf(ports.shell, host)).filter(one => programOf(one) === program);
    return running === undefined
      ? { is: 'before' }
      : { is: 'not-yet', why: `another backup runs: ${shortName(running)}` };
  },

  async make({ shell }, { host, program, database, folder }, send) {
    const argv = ['sh', '-c', script, 'backup', keptDumps(folder, send.run), folder, program, database];
    await shell.start(host, argv, send);
    return undefined;
  },

  inverse: () => ({ rule: 'the dump stays' }),

  byHand: ({ host, program, database }) => onHost(host, [program, database], 'postgres'),
});
