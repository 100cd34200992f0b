import type { Readers } from '#engine/define-change.ts';
import type { StepContext, Verdict } from '#engine/define-step.ts';
import { scene } from '../scene.ts';

/**
 * What answers under the target's real name, seen from batcave01, is the instance that comes: every key that it presents of a
 * type that was pinned is the pinned one. A route that still leads to the old host shows here. Asked over IPv4 or IPv6.
 */
export async function presentsPinnedKeys(
  { shell }: Pick<Readers, 'shell'>,
  context: StepContext,
  family: '-4' | '-6',
): Promise<Verdict> {
  const here = scene(context);
  const { target, settings } = here;
  const { pins } = here;
  const batcave = { host: settings.batcave.host };
  const { stdout } = await shell.read(batcave, ['ssh-keyscan', family, '-T', '10', target.host], { limitMs: 60_000 });
  const keys = stdout.split('\n').flatMap(line => /^[^#\s]\S* (\S+ \S+)/.exec(line)?.[1] ?? []);
  const over = `over IPv${family.slice(1)}`;
  if (keys.length === 0)
    return { ok: false, wait: true, why: `batcave01 gets no host key from ${target.host} ${over} yet` };
  const pinned = new Set(pins.map(typeOf));
  const known = keys.filter(key => pins.includes(key));
  // A type that isn't pinned, since its key wasn't whole in the console, proves nothing either way.
  if (known.length > 0 && keys.every(key => pins.includes(key) || !pinned.has(typeOf(key)))) return { ok: true };
  return {
    ok: false,
    wait: true,
    why: `${target.host} presents other keys to batcave01 ${over} than ${here.new.instance} has`,
  };
}

function typeOf(key: string): string {
  return key.split(' ', 1)[0] ?? '';
}
