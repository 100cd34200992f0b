import { boundSource, parseFindmnt } from '#changes/parsers/findmnt.ts';
import { mountsOf } from '#changes/shared/host-reads.ts';
import { understood } from '#changes/shared/read-or-refuse.ts';
import { Halt } from '#core/errors.ts';
import type { HostRef, Result, ShellReader } from '#ports/shell.ts';
import type { FileSystemFacts, TargetFacts } from '../facts.ts';
import type { TargetSettings } from '../settings.ts';

/** Runs a reading command that must succeed. @throws Halt `can-not-read` with its first line of complaint. */
export async function mustRead(
  shell: ShellReader,
  host: HostRef,
  argv: readonly string[],
  as?: string,
): Promise<string> {
  const result: Result = await shell.read(host, argv, as === undefined ? {} : { as });
  if (result.code !== 0) {
    const [complaint = `exit ${result.code}`] = result.stderr.split('\n').filter(line => line !== '');
    throw new Halt(
      'can-not-read',
      `${argv.join(' ')} on ${'instance' in host ? host.instance : host.host}: ${complaint}`,
    );
  }
  return result.stdout;
}

/** The Fedora release that a host runs. */
export async function fedoraOf(shell: ShellReader, host: HostRef): Promise<number> {
  const text = await mustRead(shell, host, ['cat', '/etc/os-release']);
  const release = /^VERSION_ID="?(\d+)"?$/m.exec(text)?.[1];
  if (release === undefined) throw new Halt('can-not-read', '/etc/os-release names no VERSION_ID');
  return Number(release);
}

/** Units of the role, of those that exist on the host, and its timers. @throws Halt `not-as-in-estate` when one that must run doesn't. */
export async function unitFacts(
  shell: ShellReader,
  host: HostRef,
  target: TargetSettings,
): Promise<Pick<TargetFacts, 'units' | 'timers'>> {
  const units: string[] = [];
  for (const unit of target.services) {
    const shown = await mustRead(shell, host, ['systemctl', 'show', unit, '-p', 'LoadState,ActiveState']);
    const property = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(shown)?.[1] ?? '';
    if (property('LoadState') === 'not-found') {
      throw new Halt('not-as-in-estate', `${target.name}: there is no unit ${unit}, which the estate lists`);
    }
    if (property('ActiveState') !== 'active') {
      throw new Halt(
        'not-as-in-estate',
        `${target.name}: ${unit} is ${property('ActiveState')}: start it, or take it out of the estate`,
      );
    }
    units.push(unit);
  }
  const listed = await mustRead(shell, host, [
    'systemctl',
    'list-units',
    '--type',
    'timer',
    '--state',
    'active',
    '--plain',
    '--no-legend',
  ]);
  const timers = listed.split('\n').flatMap(line => /^(\S+\.timer)\b/.exec(line.trim())?.[1] ?? []);
  return { units, timers: [...new Set(timers)].sort() };
}

/** The file systems that the target mounts, with what must be the same on the new host. */
export async function fileSystemFacts(
  shell: ShellReader,
  host: HostRef,
  target: TargetSettings,
): Promise<FileSystemFacts[]> {
  const facts: FileSystemFacts[] = [];
  const mounts = target.mounts.some(one => one.bind !== null) ? await mountsOf(shell, host) : [];
  for (const { path, label, uuid = null, bind = null } of target.mounts) {
    const argv = ['findmnt', '-J', '-o', 'TARGET,SOURCE,UUID,LABEL', '--mountpoint', path];
    const [found] = understood(host, argv, await mustRead(shell, host, argv), parseFindmnt);
    if (found === undefined) throw new Halt('not-as-in-estate', `${target.name}: nothing is mounted on ${path}`);
    if (label !== null && found.label !== label) {
      throw new Halt(
        'not-as-in-estate',
        `${target.name}: ${path} is labelled ${found.label ?? 'with nothing'}, the estate says ${label}`,
      );
    }
    if (uuid !== null && found.uuid !== uuid) {
      throw new Halt(
        'not-as-in-estate',
        `${target.name}: ${path} has the file system ${found.uuid ?? 'without UUID'}, the estate says ${uuid}`,
      );
    }
    const meant = bind === null ? found.source : boundSource(mounts, bind);
    if (found.source !== meant) {
      throw new Halt(
        'not-as-in-estate',
        `${target.name}: ${path} shows ${found.source}, the estate's ${bind} would be ${meant ?? 'on no data volume'}`,
      );
    }
    // By its label alone another file system could pass for it on the new host.
    if (!found.uuid) throw new Halt('can-not-read', `${target.name}: findmnt shows no UUID for what is on ${path}`);
    const owner = (await mustRead(shell, host, ['stat', '-c', '%U:%G %C', path])).trim();
    const [who = '', context = ''] = owner.split(' ');
    facts.push({ path, source: found.source, uuid: found.uuid, label: found.label ?? null, owner: who, context });
  }
  return facts;
}

/** Files of packages that somebody changed, without configuration, /etc and /boot: `rpm -Va`. */
export async function hotFixes(shell: ShellReader, host: HostRef): Promise<string[]> {
  // rpm exits 1 when it finds any difference: the lines count, not the status. It reads every file of every package.
  const { stdout, stderr } = await shell.read(host, ['rpm', '-V', '-a', '--noscripts', '--noconfig', '--nomtime'], {
    limitMs: 600_000,
  });
  const complaint = /^error: .*/m.exec(stderr)?.[0];
  if (complaint !== undefined) throw new Halt('can-not-read', `rpm -V -a: ${complaint}`);
  return stdout
    .split('\n')
    .flatMap(line => /^(?=\S*5|missing)\S+\s+(?:[cdglr]\s+)?(\/\S+)$/.exec(line.trim())?.[1] ?? [])
    .filter(path => !path.startsWith('/etc/') && !path.startsWith('/boot/'));
}
