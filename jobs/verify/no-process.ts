import type { Verdict } from '#engine/define-step.ts';
import type { HostRef, ShellReader } from '#ports/shell.ts';

/** Waits until no process of a program is left on a host; says how many there are. */
export async function noProcess(shell: ShellReader, host: HostRef, program: string): Promise<Verdict> {
  const found = await shell.read(host, ['pgrep', '-f', program]);
  if (found.code === 1) return { ok: true };
  if (found.code !== 0) return { ok: false, wait: true, why: `can't list processes: ${found.stderr.trim()}` };
  const pids = found.stdout.trim().split(/\s+/);
  return { ok: false, wait: true, why: `waiting for ${pids.length} of ${program}: ${pids.join(', ')}` };
}
