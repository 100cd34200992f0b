import { Halt } from '#core/errors.ts';
import type { ShellReader } from '#ports/shell.ts';
import type { RunSettings } from '../settings.ts';

/**
 * Has the live backend sign nothing at all with the key that the estate names of its keygen: `sign` reads its input, which is
 * empty, and prints the signature, so nothing is changed. An outage that begins while nothing is signed ends with a halt.
 *
 * @throws Halt `can-not-sign`.
 */
export async function mustSign(shell: ShellReader, settings: RunSettings, backend: string | undefined): Promise<void> {
  const key = settings.targets[settings.byRole.keygen ?? '']?.check.signingKey ?? null;
  if (key === null || backend === undefined) return;
  const { code, stdout, stderr } = await shell.read({ instance: backend }, ['sign', '-u', key, '-d']);
  if (code === 0 && stdout.includes('BEGIN PGP SIGNATURE')) return;
  const why = stderr.trim().split('\n').at(-1) || `exit ${code}`;
  throw new Halt('can-not-sign', `the live backend ${backend} can't have anything signed with ${key}: ${why}`);
}
