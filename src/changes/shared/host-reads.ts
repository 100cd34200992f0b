import type { Readers } from '#engine/define-change.ts';
import type { HostRef, ShellReader } from '#ports/shell.ts';
import { findmntArgv, type Mounted, parseFindmnt } from '../parsers/findmnt.ts';
import { type BlockDevice, lsblkArgv, parseLsblk } from '../parsers/lsblk.ts';
import { type Process, parseFuser, parsePs, psArgv, shortName } from '../parsers/processes.ts';
import { parseSystemctlShow, systemctlShowArgv, type UnitState } from '../parsers/systemctl-show.ts';
import { counted } from './looks.ts';
import { readAs, readOrRefuse } from './read-or-refuse.ts';

/** Whether something is at a path. @throws Refused `read-failed` when `test` can't tell: only 0 and 1 are answers. */
export async function isThere(shell: ShellReader, host: HostRef, path: string): Promise<boolean> {
  const argv = ['test', '-e', path];
  const { code } = await shell.read(host, argv);
  if (code === 0 || code === 1) return code === 0;
  await readOrRefuse(shell, host, argv);
  return true;
}

/** All mounts of a host. @throws Refused `read-failed`, Unknown. */
export async function mountsOf(shell: ShellReader, host: HostRef): Promise<Mounted[]> {
  return readAs(shell, host, findmntArgv, parseFindmnt);
}

/** What is mounted at a path: the topmost, or undefined. @throws Refused `read-failed`, Unknown. */
export async function mountAt(shell: ShellReader, host: HostRef, path: string): Promise<Mounted | undefined> {
  return (await mountsOf(shell, host)).findLast(one => one.target === path);
}

/** All block devices of a host. @throws Refused `read-failed`, Unknown. */
export async function blockDevicesOf(shell: ShellReader, host: HostRef): Promise<BlockDevice[]> {
  return readAs(shell, host, lsblkArgv, parseLsblk);
}

/** All processes of a host. @throws Refused `read-failed`, Unknown. */
export async function processesOf(shell: ShellReader, host: HostRef): Promise<Process[]> {
  return parsePs(await readOrRefuse(shell, host, psArgv));
}

/** States of units, in the order in which they are named. @throws Refused `read-failed`, Unknown. */
export async function unitStatesOf(
  shell: ShellReader,
  host: HostRef,
  units: readonly string[],
): Promise<readonly UnitState[]> {
  if (units.length === 0) return [];
  return readAs(shell, host, systemctlShowArgv(units), text => parseSystemctlShow(text, units));
}

/**
 * Who holds a mounted file system: `waiting for 1 process, prunerepo 4121`; undefined when nobody does.
 *
 * @throws Refused `read-failed` when fuser can't tell: it exits 1 both for nobody and for its own errors.
 */
export async function holdersOf({ shell }: Readers, host: HostRef, path: string): Promise<string | undefined> {
  const { code, stdout, stderr } = await shell.read(host, ['fuser', '-v', '-m', path]);
  const pids = parseFuser(stdout);
  if (pids.length === 0) {
    const broken = code > 1 || /does not exist|not found|permitted|cannot open/i.test(stderr);
    // Asked once more in the strict way, for its error.
    if (broken) await readOrRefuse(shell, host, ['fuser', '-v', '-m', path]);
    return undefined;
  }
  const all = await processesOf(shell, host);
  const names = pids.flatMap(pid => {
    const process = all.find(one => one.pid === pid);
    return process === undefined ? [] : [shortName(process)];
  });
  if (names.length === 0) return undefined;
  const shown = names.length > 8 ? [...names.slice(0, 8), `and ${names.length - 8} more`] : names;
  return `waiting for ${counted(names.length, 'process', 'processes')}, ${shown.join(', ')}`;
}
