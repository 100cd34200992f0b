import { appendFileSync, existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type FileChange, importCommit } from './import-commit.ts';
import { initBare, seededAt } from './init-bare.ts';

/** As a server's repository: nothing but fast-forwards, and never tidied up while somebody looks. */
const config = `[gc]
	auto = 0
[receive]
	autogc = false
	denyNonFastForwards = true
	denyDeletes = true
[http]
	receivepack = true
[core]
	autocrlf = false
`;

/**
 * Makes the inventory's bare repository with one commit of all files of a folder, which is a checkout that holds
 * `inventory/`, or the `inventory` folder itself.
 *
 * @throws Error when the folder holds neither.
 */
export function seedInventory(dir: string, branch: string, from: string): void {
  const inner = existsSync(join(from, 'inventory')) && statSync(join(from, 'inventory')).isDirectory();
  if (!inner && !existsSync(join(from, 'group_vars')))
    throw new Error(`${from} holds no folder "inventory", and is none: give the checkout or its inventory folder`);
  initBare(dir, branch);
  appendFileSync(join(dir, 'config'), config);
  importCommit(dir, {
    branch,
    author: 'Fedora Infrastructure <infra@example.org>',
    at: seededAt,
    message: 'The inventory as it stands',
    files: Object.fromEntries(filesUnder(from, inner ? '' : 'inventory/')),
  });
}

/** All files under a folder as git would add them, but for git's own. */
function* filesUnder(folder: string, prefix: string): Generator<[string, FileChange]> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = join(folder, entry.name);
    const path = `${prefix}${entry.name}`;
    if (entry.name === '.git') continue;
    if (entry.isDirectory()) yield* filesUnder(file, `${path}/`);
    else if (entry.isSymbolicLink()) yield [path, { mode: '120000', bytes: readlinkSync(file) }];
    else if (entry.isFile())
      yield [path, { mode: (statSync(file).mode & 0o100) === 0 ? '100644' : '100755', bytes: readFileSync(file) }];
  }
}
