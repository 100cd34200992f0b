import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { hostName, onHost } from './shared/command-line.ts';
import { isLook, lookAtCommand } from './shared/look-at-command.ts';
import { other } from './shared/looks.ts';
import type { Nothing } from './shared/nothing.ts';
import { readOrRefuse } from './shared/read-or-refuse.ts';

type Args = { readonly host: HostRef; readonly packages: readonly string[] };

/** Installs packages; `rpm -q` tells whether they are there. Source: procedure, warm-up and upgrade-database. */
export const installPackages: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'install-packages',
  version: 1,
  repeat: 'converges',
  limit: 'command',

  say: ({ host, packages }) => `on ${hostName(host)} install ${packages.join(', ')}`,

  async look(ports, { host, packages }, about) {
    const state = await lookAtCommand<Nothing>(ports, host, about, `installing ${packages.join(', ')}`);
    if (isLook(state)) return state;
    const query = ['rpm', '-q', ...packages];
    const { code, stdout } = await ports.shell.read(host, query);
    if (code === 0) return { is: 'after', output: {} };
    // Its exit status is the same when it can't read its database.
    if (!stdout.includes(' is not installed')) await readOrRefuse(ports.shell, host, query);
    if (state.is === 'absent') return { is: 'before' };
    return other('not-installed', `dnf on ${hostName(host)} said that all went well, rpm says it didn't`, [
      ...stdout.split('\n'),
    ]);
  },

  async make({ shell }, { host, packages }, send) {
    await shell.start(host, ['dnf', '-y', 'install', ...packages], send);
    return undefined;
  },

  inverse: ({ packages }) => ({ rule: `${packages.join(', ')} stay installed` }),

  byHand: ({ host, packages }) => onHost(host, ['dnf', '-y', 'install', ...packages]),
});
