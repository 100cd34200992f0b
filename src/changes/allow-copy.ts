import { Refused } from '#core/errors.ts';
import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import { forbidCopy } from './forbid-copy.ts';
import { onHost } from './shared/command-line.ts';
import { authorizedKeysPath, copyKeyComment, copyKeyPath } from './shared/copy-key.ts';
import type { Nothing } from './shared/nothing.ts';
import { runOrRefuse } from './shared/run-or-refuse.ts';

type Host = { readonly instance: string; readonly user?: string };
type Args = {
  readonly from: Host;
  readonly to: Host;
  /** The address from which `to` reaches `from`: the key is good from there only. */
  readonly address: string;
};

const makeKey =
  '[ -s "$1.pub" ] || { mkdir -p /root/.ssh && chmod 700 /root/.ssh && rm -f "$1" && ssh-keygen -q -t ed25519 -N "" -C "$2" -f "$1"; }';

/**
 * Lets the new host read from the old one over SSH, with a key of its own that is made there and never leaves it, good
 * from its address only and for no forwarding. Source: procedure, copy-root-state.
 */
export const allowCopy: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'allow-copy',
  version: 1,
  repeat: 'converges',
  limit: 'short',

  say: ({ from, to, address }) =>
    `let root of ${to.instance} read from ${from.instance}, by a key made there, from ${address} only`,

  async look({ shell }, { from, to, address }) {
    const key = await shell.file(to, `${copyKeyPath}.pub`);
    const lines = ((await shell.file(from, authorizedKeysPath)) ?? '').split('\n');
    return key !== undefined && lines.includes(lineOf(key, address)) ? { is: 'after', output: {} } : { is: 'before' };
  },

  async make(ports, { from, to, address }, send) {
    const comment = copyKeyComment(to.instance);
    const argv = ['sh', '-c', makeKey, 'key', copyKeyPath, comment];
    await runOrRefuse(ports, { host: to, argv, what: 'make a key' }, send);
    const key = await ports.shell.file(to, `${copyKeyPath}.pub`);
    if (key === undefined) throw new Refused('no-key', `${to.instance} has no ${copyKeyPath}.pub`, { retry: true });
    const old = (await ports.shell.file(from, authorizedKeysPath)) ?? '';
    const kept = old.split('\n').filter(line => line !== '' && !line.endsWith(` ${comment}`));
    await ports.shell.write(from, authorizedKeysPath, `${[...kept, lineOf(key, address)].join('\n')}\n`, send, {
      mode: '0600',
    });
    return undefined;
  },

  inverse: ({ from, to }) => ({ change: forbidCopy({ from, to }) }),

  byHand: ({ from, to }) =>
    `${onHost(to, `ssh-keygen -t ed25519 -N '' -f ${copyKeyPath}`)}, and its public key into ${authorizedKeysPath} of ${from.instance}`,
});

function lineOf(key: string, address: string): string {
  return `restrict,from="${address}" ${key.trim()}`;
}
