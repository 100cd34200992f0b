import { testSigning } from '#changes/test-signing.ts';
import type { Change } from '#core/change.ts';
import type { Scene } from './scene.ts';

/** One file signed and verified on a backend, where the estate names a key of its keygen. */
export function signingTest({ settings }: Pick<Scene, 'settings'>, backend: string): Change[] {
  const keygen = settings.byRole.keygen;
  const key = keygen === undefined ? null : (settings.targets[keygen]?.check.signingKey ?? null);
  return key === null ? [] : [testSigning({ host: { instance: backend }, key })];
}
