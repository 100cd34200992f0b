import type { Verdict } from '#engine/define-step.ts';
import type { ShellReader } from '#ports/shell.ts';
import type { Scene } from '../scene.ts';

/** The backend gets a known public key from keygen: address, packet filter, signd and its keys all work. */
export async function signs(
  shell: ShellReader,
  backend: string,
  { settings }: Pick<Scene, 'settings'>,
): Promise<Verdict> {
  const keygen = settings.byRole.keygen;
  const key = keygen === undefined ? null : (settings.targets[keygen]?.check.signingKey ?? null);
  if (key === null) return { ok: true };
  const { code, stdout, stderr } = await shell.read({ instance: backend }, ['sign', '-u', key, '-p']);
  if (code === 0 && stdout.includes('BEGIN PGP PUBLIC KEY BLOCK')) return { ok: true };
  return {
    ok: false,
    wait: true,
    why: `${backend} gets no key ${key} from keygen: ${stderr.trim() || `exit ${code}`}`,
  };
}
