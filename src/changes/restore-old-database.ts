import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { hostName, onHost } from './shared/command-line.ts';
import { other } from './shared/looks.ts';
import type { Nothing } from './shared/nothing.ts';
import { runOrRefuse } from './shared/run-or-refuse.ts';

type Args = {
  readonly host: HostRef;
  /** The cluster; the old one stands beside it as `<data>-old`. */
  readonly data: string;
  /** Major of the old one. */
  readonly major: number;
};

/** The new cluster is kept beside, not deleted; where a first try was cut between the two moves it stands there already. */
const script = [
  '[ -d "$1-old" ] || exit 0',
  'if [ -e "$1" ]; then rm -rf "$1-new" && mv "$1" "$1-new" || exit; fi',
  'mv "$1-old" "$1"',
].join('\n');

/**
 * Puts the old PostgreSQL cluster back after an upgrade by copy: what was written since the upgrade is left in
 * `<data>-new`. The way back of `upgrade-database`. Source: procedure, upgrade-database (`database_upgrade: copy`).
 */
export const restoreOldDatabase: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'restore-old-database',
  version: 1,
  repeat: 'converges',
  limit: 'short',

  say: ({ host, data, major }) =>
    `on ${hostName(host)} put ${data}-old (PostgreSQL ${major}) back as ${data}; loses what was written since the upgrade`,

  async look({ shell }, { host, data, major }) {
    const old = await shell.file(host, `${data}-old/PG_VERSION`);
    if (old !== undefined && Number(old.trim()) === major) return { is: 'before' };
    const now = await shell.file(host, `${data}/PG_VERSION`);
    if (old === undefined && now !== undefined && Number(now.trim()) === major) return { is: 'after', output: {} };
    return other('no-old-database', `${hostName(host)} has no cluster of PostgreSQL ${major} in ${data}-old`);
  },

  async make(ports, { host, data }, send) {
    await runOrRefuse(ports, { host, argv: ['sh', '-c', script, 'restore', data], what: `put ${data}-old back` }, send);
  },

  inverse: () => ({ impossible: 'the upgrade is made again instead' }),

  byHand: ({ host, data }) => onHost(host, `mv ${data} ${data}-new && mv ${data}-old ${data}`),
});
