import { Refused } from '#core/errors.ts';

/** Where a host keeps the key with which it reads from its predecessor. */
export const copyKeyPath = '/root/.ssh/ferry-copy';

/** The comment that marks the key's line in the predecessor's authorized_keys. */
export function copyKeyComment(instance: string): string {
  return `ferry-copy-${instance}`;
}

export const authorizedKeysPath = '/root/.ssh/authorized_keys';

/** What the predecessor serves to whoever comes with that key: an rsync daemon's modules, beside authorized_keys. */
export function copyModulesPath(instance: string): string {
  return `/root/.ssh/${copyKeyComment(instance)}.conf`;
}

/** What a copying host asks for; the predecessor compares it, and takes nothing else of it. */
const request = 'rsync --server --daemon .';

/**
 * The line that lets the key in: for one command and no other, whatever is asked.
 *
 * @param key the public half, as its file holds it.
 * @throws Refused `bad-key` where the file holds anything but one key of ours: a second line would be let in too.
 */
export function copyKeyLine(instance: string, key: string, address: string): string {
  const comment = copyKeyComment(instance);
  const [, pair, mark] = /^(ssh-ed25519 [A-Za-z0-9+/]{40,100}={0,2}) (\S+)\n?$/.exec(key) ?? [];
  if (pair === undefined || mark !== comment)
    throw new Refused(
      'bad-key',
      `${copyKeyPath}.pub of ${instance} isn't the one key that was made there: nothing is let in`,
    );
  const serve = `[ \\"$SSH_ORIGINAL_COMMAND\\" = '${request}' ] && exec rsync --server --daemon --config=${copyModulesPath(instance)} .`;
  const refuse = "echo 'only what is copied is served' >&2; exit 126";
  return `restrict,from="${address}",command="${serve}; ${refuse}" ${pair} ${comment}`;
}

/** The name under which a path is served. */
export function moduleOf(nth: number): string {
  return `ferry${nth}`;
}

/** A path as it is asked for: its module, and its name there. */
export function moduleSource(path: string, nth: number): string {
  return `${moduleOf(nth)}/${path.slice(path.lastIndexOf('/') + 1)}`;
}

/**
 * The modules: each serves one path, to read. A chroot holds what a client may name besides what it copies (rsync reads
 * rules from files that a client names, and repeats lines of them in its errors).
 *
 * @throws Refused `bad-path` for a path that can't be told in such a file.
 */
export function copyModules(paths: readonly string[]): string {
  const general = ['use chroot = yes', 'read only = yes', 'list = no', 'uid = 0', 'gid = *', 'numeric ids = yes'];
  general.push('munge symlinks = no', 'reverse lookup = no', 'exclude = *');
  const modules = paths.map((path, nth) => {
    const [, folder, name] = /^(\/(?:[\w@.+-]+\/)*)([\w@.+-]+)$/.exec(path) ?? [];
    if (folder === undefined || name === undefined || path.split('/').some(part => part === '..' || part === '.'))
      throw new Refused(
        'bad-path',
        `${JSON.stringify(path)} can't be served: name it with letters, digits and @._+- only`,
      );
    return `[${moduleOf(nth)}]\npath = ${folder}\ninclude = /${name} /${name}/***\n`;
  });
  return `# Served to one key for a copy; both go when it is done.\n${general.join('\n')}\n\n${modules.join('\n')}`;
}
