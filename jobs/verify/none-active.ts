import type { Verdict } from '#engine/define-step.ts';
import type { HostRef, ShellReader } from '#ports/shell.ts';

/** None of the units is active, starting or still stopping on the host, by systemctl is-active of each. */
export async function noneActive(shell: ShellReader, host: HostRef, units: readonly string[]): Promise<Verdict> {
  const up: string[] = [];
  for (const unit of units) {
    const { stdout, stderr } = await shell.read(host, ['systemctl', 'is-active', unit]);
    // It exits with the same status for "inactive" and for what it can't find out: the word counts.
    if (stdout.trim() === '') {
      return { ok: false, wait: true, why: `whether ${unit} is up can't be told: ${stderr.trim() || 'no answer'}` };
    }
    if (/^(?:active|activating|reloading|refreshing|deactivating)$/.test(stdout.trim())) up.push(unit);
  }
  return up.length === 0 ? { ok: true } : { ok: false, wait: true, why: `still up: ${up.join(', ')}` };
}
