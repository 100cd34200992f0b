import { FerryError } from '#core/errors.ts';
import { gatherLines } from '#core/gather-lines.ts';
import { applyEdits, type Files, filesOf, invertEdits } from '#core/inventory/apply-edits.ts';
import type { InventoryEdit } from '#core/inventory/edit.ts';
import { type ChangeMaker, defineChange, type Look, type Readers } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { hostName } from './shared/command-line.ts';
import { other } from './shared/looks.ts';
import { readOrRefuse } from './shared/read-or-refuse.ts';

type Args = {
  readonly edits: readonly InventoryEdit[];
  /** Of the commit: a subject line, and what people should know. */
  readonly message: string;
  /** The checkout that must have it too before it counts as made; null: the repository is enough. */
  readonly checkout: { readonly host: HostRef; readonly path: string } | null;
};
type Output = {
  /** Null where the files were as wanted already, by somebody's hand. */
  readonly commit: string | null;
};

/**
 * Edits the inventory in one commit, found again by its trailer, and waits until the checkout has it. What the edits
 * find done already counts as made. Source: procedure, add-temporary-host, allow-new-address and provision.
 */
export const editInventory: ChangeMaker<Args, Output> = defineChange<Args, Output>({
  kind: 'edit-inventory',
  version: 1,
  repeat: 'token',
  limit: 'short',

  say: ({ edits }) => `commit to the inventory: ${gatherLines(edits.map(inWords)).join('; ')}`,

  async look(ports, args, { key }) {
    // All of it at one head: what is asked for file by file may come from two, and each asking is a round trip.
    const head = await ports.inventory.head();
    const commit = await ports.inventory.commitOf(key, head);
    if (commit !== undefined) {
      const there = (await hasCommit(ports, args, commit.id)) || (await hasEdits(ports, args));
      return there ? { is: 'after', output: { commit: commit.id } } : waiting(args, commit.id.slice(0, 12));
    }
    const files = await read(args.edits, file => ports.inventory.file(file, head));
    let before: InventoryEdit[];
    try {
      if (Object.keys(applyEdits(files, args.edits)).length === 0) {
        const there = await hasEdits(ports, args);
        return there ? { is: 'after', output: { commit: null }, saw: 'it stood there already' } : waiting(args, 'it');
      }
      before = inverseOf(files, args.edits);
    } catch (error) {
      if (!(error instanceof FerryError)) throw error;
      return other(error.code, error.message);
    }
    return { is: 'before', before };
  },

  async make({ inventory }, { edits, message }, send) {
    const { commit } = await inventory.commit({ edits, message }, send);
    return { commit };
  },

  inverse({ message, checkout }, made) {
    if (made === undefined) return { rule: 'the lines of the inventory become what they were, byte for byte' };
    const edits = (made.before ?? []) as readonly InventoryEdit[];
    if (edits.length === 0) return { rule: 'it stays as it is then' };
    return { change: editInventory({ edits, message: `Revert "${message.split('\n')[0] ?? ''}"`, checkout }) };
  },

  byHand: ({ edits }) => `edit and push the inventory: ${gatherLines(edits.map(inWords)).join('; ')}`,
});

/** The edits that put the lines back; none where no edit can do that exactly: then what was done stays. */
function inverseOf(files: Files, edits: readonly InventoryEdit[]): InventoryEdit[] {
  try {
    return invertEdits(files, edits);
  } catch (error) {
    if (error instanceof FerryError && error.code === 'no-inverse') return [];
    throw error;
  }
}

async function read(
  edits: readonly InventoryEdit[],
  file: (path: string) => Promise<string | undefined>,
): Promise<Files> {
  const paths = filesOf(edits);
  const texts = await Promise.all(paths.map(file));
  return Object.fromEntries(paths.map((path, index) => [path, texts[index]]));
}

/** Whether the checkout holds a commit: it may be further on by others' commits. */
async function hasCommit({ shell }: Readers, { checkout }: Args, commit: string): Promise<boolean> {
  if (checkout === null) return true;
  const argv = ['git', '-C', checkout.path, 'log', '-n', '500', '--format=%H'];
  return (await readOrRefuse(shell, checkout.host, argv)).split('\n').includes(commit);
}

/** Whether the checkout's files are as the edits want them. */
async function hasEdits({ shell }: Readers, { edits, checkout }: Args): Promise<boolean> {
  if (checkout === null) return true;
  const files = await read(edits, file => shell.file(checkout.host, `${checkout.path}/${file}`));
  try {
    return Object.keys(applyEdits(files, edits)).length === 0;
  } catch (error) {
    if (error instanceof FerryError) return false;
    throw error;
  }
}

function waiting({ checkout }: Args, what: string): Look<Output> {
  const where = checkout === null ? 'the checkout' : `${checkout.path} on ${hostName(checkout.host)}`;
  return { is: 'under-way', saw: `pushed; ${where} doesn't have ${what} yet` };
}

function inWords(edit: InventoryEdit): string {
  const { file } = edit;
  switch (edit.op) {
    case 'set-host-vars': {
      const vars = Object.entries(edit.vars).map(([name, value]) =>
        value === null ? `no ${name}` : `${name}=${value}`,
      );
      return `${vars.join(' ')} for ${edit.host} in [${edit.section}] of ${file}`;
    }
    case 'list-host': {
      const vars = Object.entries(edit.vars).map(([name, value]) => ` ${name}=${value}`);
      return `list ${edit.host}${vars.join('')} in [${edit.section}] of ${file}`;
    }
    case 'unlist-host':
      return `${edit.host} in [${edit.section}] of ${file} as before: ${edit.was === null ? 'not there' : `"${edit.was}"`}`;
    case 'set-scalar':
      return `${edit.key}: ${edit.to} (was ${edit.from}) in ${file}`;
    case 'replace-address':
      return `${edit.to} for ${edit.from} under ${edit.key} in ${file}`;
    case 'add-address':
      return `${edit.address} beside ${edit.beside} under ${edit.key} in ${file}`;
    case 'drop-address':
      return `${edit.address} out of ${edit.key} in ${file}`;
  }
}
