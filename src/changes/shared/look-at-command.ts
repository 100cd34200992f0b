import type { JsonObject } from '#core/json.ts';
import type { About, Look, Readers } from '#engine/define-change.ts';
import type { Detached, HostRef } from '#ports/shell.ts';
import { hostName } from './command-line.ts';
import { failed, other } from './looks.ts';

/** A detached command that hasn't been started for this key, or that ended with status 0. */
type Clear = { readonly is: 'absent' } | { readonly is: 'done'; readonly tail: readonly string[] };

type Telling = (lines: readonly string[]) => readonly string[];

/** Whether a look is about a command that runs, failed or was lost; then it is the change's look. */
export function isLook<O extends JsonObject>(
  state: Clear | Extract<Look<O>, { is: 'under-way' | 'failed' | 'other' }>,
): state is Extract<Look<O>, { is: 'under-way' | 'failed' | 'other' }> {
  return state.is !== 'absent' && state.is !== 'done';
}

/**
 * Looks at the detached command of a change's key. A process that is gone without an exit status is `other` with the code
 * `lost`: a kind that converges goes on with the next generation. A look that asks for the world too asks for this first:
 * the other way round a command that ends in between has ended without its effect.
 *
 * @param what words for the command, e.g. "the dump of coprdb".
 * @param telling leaves out of its lines what tells nothing.
 */
export async function lookAtCommand<O extends JsonObject>(
  { shell }: Pick<Readers, 'shell'>,
  host: HostRef,
  { run, key }: About,
  what: string,
  telling?: Telling,
): Promise<Clear | Extract<Look<O>, { is: 'under-way' | 'failed' | 'other' }>> {
  return judgeCommand(await shell.detached(host, run, key), host, what, telling);
}

/** As `lookAtCommand`, of a state that was read. */
export function judgeCommand<O extends JsonObject>(
  state: Detached,
  host: HostRef,
  what: string,
  telling: Telling = lines => lines,
): Clear | Extract<Look<O>, { is: 'under-way' | 'failed' | 'other' }> {
  switch (state.is) {
    case 'absent':
      return { is: 'absent' };
    case 'running': {
      const last = telling(state.tail).findLast(line => line.trim() !== '');
      return { is: 'under-way', saw: last === undefined ? `${what} runs` : `${what}: ${last.trim().slice(0, 120)}` };
    }
    case 'ended':
      if (state.code === 0) return { is: 'done', tail: state.tail };
      return failed(
        'command-failed',
        `${what} on ${hostName(host)} failed with exit ${state.code}`,
        telling(state.tail),
      );
    case 'lost':
      return other(
        'lost',
        `${what} on ${hostName(host)} is gone without an exit status: killed, or the host was rebooted`,
        telling(state.tail),
      );
  }
}
