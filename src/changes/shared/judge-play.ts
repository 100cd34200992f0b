import type { Look } from '#engine/define-change.ts';
import { isMounting, parsePlay } from '../parsers/play.ts';
import { failed } from './looks.ts';

/** Of a play that ended as it should. */
export type Played = {
  readonly changed: number;
  readonly ok: number;
  readonly stoppedAtMount: boolean;
};

/** Evidence of a failure: as many of the last lines. */
const shownLines = 30;

/**
 * Judges a play by its recap as well as by its exit status: a limit that matches no host exits with 0. Source: facts,
 * "batcave01".
 */
export function judgePlay(
  what: { readonly playbook: string; readonly limit: string; readonly mayStopAtMount: boolean },
  text: string,
  exitedWell: boolean,
): Extract<Look<Played>, { is: 'after' | 'failed' }> {
  const { playbook, limit, mayStopAtMount } = what;
  const { recap, failure, noHosts } = parsePlay(text);
  const ok = recap.reduce((sum, one) => sum + one.ok, 0);
  const changed = recap.reduce((sum, one) => sum + one.changed, 0);
  const evidence = text
    .split('\n')
    .filter(line => line.trim() !== '')
    .slice(-shownLines);
  const bad = recap.some(one => one.failed > 0 || one.unreachable > 0);
  if (recap.length > 0 && !bad && exitedWell) return { is: 'after', output: { ok, changed, stoppedAtMount: false } };
  if (failure !== undefined) {
    if (mayStopAtMount && isMounting(failure)) {
      return {
        is: 'after',
        output: { ok, changed, stoppedAtMount: true },
        saw: `it stopped at "${failure.task}", as expected without the volume`,
      };
    }
    const role = failure.role === undefined ? '' : `role ${failure.role}, `;
    return failed('playbook-failed', `${playbook}, ${role}task "${failure.task}": ${failure.message}`, evidence);
  }
  if (noHosts || recap.length === 0) {
    const why = noHosts ? `the inventory has no ${limit} for it` : 'it ended without a recap';
    return failed('playbook-failed', `${playbook} did nothing: ${why}`, evidence);
  }
  return failed('playbook-failed', `${playbook} failed and named no task`, evidence);
}
