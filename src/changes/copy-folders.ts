import { Refused } from '#core/errors.ts';
import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import { onHost } from './shared/command-line.ts';
import { copyKeyPath, moduleSource } from './shared/copy-key.ts';
import { isLook, lookAtCommand } from './shared/look-at-command.ts';
import type { Nothing } from './shared/nothing.ts';

type Host = { readonly instance: string; readonly user?: string };
type Args = {
  readonly from: Host;
  readonly to: Host;
  /** The address at which `to` reaches `from`. */
  readonly address: string;
  /** Pinned keys of `from`: OpenSSH public key lines without comment. */
  readonly hostKeys: readonly string[];
  /** Folders and files, absolute; one that `from` lacks is left out. */
  readonly paths: readonly string[];
  /** Whether `allow-copy` was told of them, and serves these only; runs that were planned before that have none. */
  readonly served?: boolean;
};

/** $1 key, $2 address, $3 lines of known hosts, then where each path is read and the path. One that isn't there is left out. */
const script = [
  'key=$1 from=$2; printf "%s\\n" "$3" > "$1.hosts" || exit; shift 3',
  'ssh="ssh -i $key -o IdentitiesOnly=yes -o BatchMode=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile=$key.hosts"',
  'while [ $# -gt 0 ]; do',
  '  folder=$(dirname "$2")',
  '  mkdir -p "$folder" && rsync -aHAX --numeric-ids --delete --ignore-missing-args -e "$ssh" "root@$from:$1" "$folder/" || exit',
  '  shift 2',
  'done',
].join('\n');

/**
 * Copies folders of the old root disk to the same places of the new one, by rsync: what is there already is not sent
 * again, so it is done ahead and once more in the outage. Needs `allow-copy`. Source: procedure, copy-root-state.
 */
export const copyFolders: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'copy-folders',
  version: 1,
  repeat: 'converges',
  limit: 'command',
  unseen: true,

  say: ({ from, to, address, paths }) =>
    `copy ${paths.join(', ')} from ${from.instance} (${address}) to ${to.instance}`,

  async look(ports, { to, paths }, about) {
    const state = await lookAtCommand<Nothing>(ports, to, about, `copying ${paths.join(', ')}`);
    if (isLook(state)) return state;
    return state.is === 'absent' ? { is: 'before' } : { is: 'after', output: {} };
  },

  async make({ shell }, { to, address, hostKeys, paths, served = false }, send) {
    const bad = hostKeys.find(key => !/^[\w@.-]+ [A-Za-z0-9+/]+={0,2}$/.test(key));
    if (bad !== undefined)
      throw new Refused('bad-key', `${JSON.stringify(bad.slice(0, 40))} is no host key of one line: nothing was sent`);
    const known = hostKeys.map(key => `${address} ${key}`).join('\n');
    const pairs = paths.flatMap((path, nth) => [served ? `:${moduleSource(path, nth)}` : path, path]);
    await shell.start(to, ['sh', '-c', script, 'copy', copyKeyPath, address, known, ...pairs], send);
    return undefined;
  },

  inverse: () => ({ rule: 'the copies stay on the new host; the originals were not touched' }),

  byHand: ({ to, address, paths, served = false }) =>
    paths
      .map((path, nth) => {
        const source = `root@${address}:${served ? `:${moduleSource(path, nth)}` : path}`;
        const folder = path.slice(0, path.lastIndexOf('/') + 1);
        return onHost(to, `rsync -aHAX --numeric-ids --delete -e 'ssh -i ${copyKeyPath}' ${source} ${folder}`);
      })
      .join('\n'),
});
