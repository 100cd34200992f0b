import type { Verdict } from '#engine/define-step.ts';
import type { HostRef, ShellReader } from '#ports/shell.ts';
import { fileSystemFacts } from '../read/host-facts.ts';
import type { Scene } from '../scene.ts';

/** Every mount holds the file system that the old host had, with the same owner and SELinux context. */
export async function sameFileSystems(
  shell: ShellReader,
  host: HostRef,
  { target, facts }: Pick<Scene, 'target' | 'facts'>,
): Promise<Verdict> {
  const now = await fileSystemFacts(shell, host, target);
  for (const old of facts.fileSystems) {
    const found = now.find(one => one.path === old.path);
    if (found === undefined) return { ok: false, why: `nothing is mounted on ${old.path}` };
    for (const field of ['uuid', 'owner', 'context'] as const) {
      if (found[field] !== old[field]) {
        return {
          ok: false,
          why: `${old.path}: ${field} is ${found[field]}, it was ${old[field]} on the instance that it left`,
        };
      }
    }
  }
  return { ok: true };
}
