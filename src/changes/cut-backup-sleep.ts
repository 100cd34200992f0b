import { Refused } from '#core/errors.ts';
import { type ChangeMaker, defineChange, type Readers } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { type Process, programOf, shortName } from './parsers/processes.ts';
import { hostName, onHost } from './shared/command-line.ts';
import { isThere, processesOf } from './shared/host-reads.ts';
import { keptDumps } from './shared/kept-dumps.ts';
import type { Nothing } from './shared/nothing.ts';
import { lastLine } from './shared/run-or-refuse.ts';

type Args = {
  readonly host: HostRef;
  readonly program: string;
  readonly folder: string;
};

/**
 * Ends the `sleep` that the backup script itself started, and no other. Planned together with `back-up-database`, whose
 * kept dumps tell that it has begun. Source: the document, "Backup the database"; procedure, back-up-database.
 */
export const cutBackupSleep: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'cut-backup-sleep',
  version: 1,
  repeat: 'converges',
  limit: 'dump',
  unseen: true,

  say: ({ host, program }) => `on ${hostName(host)} end the sleep of ${program}, only that`,

  async look(ports, args, { run }) {
    const { backup, sleep, children } = await processes(ports, args);
    if (sleep !== undefined) return { is: 'before', before: shortName(sleep) };
    if (backup !== undefined) {
      return children.length === 0
        ? { is: 'not-yet', why: `${shortName(backup)} has started nothing yet` }
        : { is: 'after', output: {}, saw: `${shortName(backup)} doesn't sleep` };
    }
    return (await isThere(ports.shell, args.host, `${keptDumps(args.folder, run)}/ended`))
      ? { is: 'after', output: {}, saw: 'the backup has ended' }
      : { is: 'not-yet', why: "the backup hasn't begun" };
  },

  async make(ports, args, send) {
    const { backup } = await processes(ports, args);
    if (backup === undefined) return;
    const argv = ['pkill', '-TERM', '-x', '-P', String(backup.pid), 'sleep'];
    const { code, stderr } = await ports.shell.run(args.host, argv, send);
    // 1: it doesn't sleep any more.
    if (code > 1)
      throw new Refused('command-failed', `pkill on ${hostName(args.host)} failed: ${lastLine(stderr) ?? code}`);
  },

  inverse: () => ({ rule: 'a sleep has no way back, and needs none' }),

  byHand: ({ host, program }) => onHost(host, `pkill -TERM -x -P "$(pgrep -o -f ${program})" sleep`),
});

async function processes(
  { shell }: Pick<Readers, 'shell'>,
  { host, program }: Args,
): Promise<{ backup: Process | undefined; sleep: Process | undefined; children: readonly Process[] }> {
  const all = await processesOf(shell, host);
  const backup = all.find(one => programOf(one) === program);
  const children = backup === undefined ? [] : all.filter(one => one.parent === backup.pid);
  return { backup, children, sleep: children.find(one => /(^|\/)sleep$/.test(programOf(one))) };
}
