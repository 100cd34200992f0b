import { Refused } from '#core/errors.ts';
import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import { forbidCopy } from './forbid-copy.ts';
import { onHost } from './shared/command-line.ts';
import {
  authorizedKeysPath,
  copyKeyComment,
  copyKeyLine,
  copyKeyPath,
  copyModules,
  copyModulesPath,
} from './shared/copy-key.ts';
import type { Nothing } from './shared/nothing.ts';
import { runOrRefuse } from './shared/run-or-refuse.ts';

type Host = { readonly instance: string; readonly user?: string };
type Args = {
  readonly from: Host;
  readonly to: Host;
  /** The address from which `to` reaches `from`: the key is good from there only. */
  readonly address: string;
  /** What it may read, absolute. A run that was planned before this was told has none: nothing is let in any more for it. */
  readonly paths?: readonly string[];
};

const makeKey =
  '[ -s "$1.pub" ] || { mkdir -p /root/.ssh && chmod 700 /root/.ssh && rm -f "$1" && ssh-keygen -q -t ed25519 -N "" -C "$2" -f "$1"; }';

/** $1 authorized_keys: one that isn't there is made, and its mark says that it goes again. */
const makeFile = '[ -e "$1" ] || { umask 077; mkdir -p /root/.ssh && : >"$1.ferry-made" && : >"$1"; }';

/**
 * Lets the new host read from the old one over SSH, with a key of its own that is made there and never leaves it, good
 * from its address only and for nothing but reading these paths: not for another command, a file beside them, or a
 * forwarding. The line stands first in authorized_keys, so that without it the file is what it was, byte for byte. Source:
 * procedure, copy-root-state.
 */
export const allowCopy: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'allow-copy',
  version: 1,
  repeat: 'converges',
  limit: 'short',

  say: ({ from, to, address, paths = [] }) =>
    `let in on ${from.instance}, as root, a key that is made on ${to.instance}: from ${address} only, to read ` +
    `${paths.join(', ')} by rsync; no other command, no other file, nothing is written`,

  async look({ shell }, { from, to, address, paths = [] }) {
    const key = await shell.file(to, `${copyKeyPath}.pub`);
    const text = await shell.file(from, authorizedKeysPath);
    if (key === undefined || text === undefined) return { is: 'before' };
    // Let in by the version before, and in use.
    if (paths.length === 0 && text.includes(` ${copyKeyComment(to.instance)}\n`)) return { is: 'after', output: {} };
    const served = (await shell.file(from, copyModulesPath(to.instance))) === copyModules(paths);
    const isLetIn = text.split('\n').includes(copyKeyLine(to.instance, key, address));
    return served && isLetIn ? { is: 'after', output: {} } : { is: 'before' };
  },

  async make(ports, { from, to, address, paths = [] }, send) {
    const { shell } = ports;
    if (paths.length === 0)
      throw new Refused(
        'planned-before',
        'an earlier version planned this without its paths: cancel the run, and ask anew',
      );
    const comment = copyKeyComment(to.instance);
    const modules = copyModules(paths);
    const argv = ['sh', '-c', makeKey, 'key', copyKeyPath, comment];
    await runOrRefuse(ports, { host: to, argv, what: 'make a key' }, send);
    const key = await shell.file(to, `${copyKeyPath}.pub`);
    if (key === undefined) throw new Refused('no-key', `${to.instance} has no ${copyKeyPath}.pub`, { retry: true });
    const line = copyKeyLine(to.instance, key, address);
    const file = ['sh', '-c', makeFile, 'authorized_keys', authorizedKeysPath];
    await runOrRefuse(ports, { host: from, argv: file, what: `make ${authorizedKeysPath}` }, send);
    await shell.write(from, copyModulesPath(to.instance), modules, send, { mode: '0600' });
    const old = (await shell.file(from, authorizedKeysPath)) ?? '';
    const kept = old.split('\n').filter(one => !one.endsWith(` ${comment}`));
    await shell.write(from, authorizedKeysPath, [line, ...kept].join('\n'), send, { mode: '0600' });
    return undefined;
  },

  inverse: ({ from, to }) => ({ change: forbidCopy({ from, to }) }),

  byHand: ({ from, to, paths = [] }) =>
    `${onHost(to, `ssh-keygen -t ed25519 -N '' -C ${copyKeyComment(to.instance)} -f ${copyKeyPath}`)}, and its public key, restricted to reading ${paths.join(', ')}, into ${authorizedKeysPath} of ${from.instance}`,
});
