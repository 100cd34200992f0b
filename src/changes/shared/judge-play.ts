import type { JsonObject } from '#core/json.ts';
import type { Look } from '#engine/define-change.ts';
import { type ExpectedStop, endedWell, evidenceOf, type Play, parsePlay, stopAtMount } from '../parsers/play.ts';
import { failed } from './looks.ts';

/** Of a play that ended as it should. */
export type Played = {
  readonly changed: number;
  readonly ok: number;
  readonly stoppedAtMount: boolean;
};

type What = {
  readonly playbook: string;
  /** The one host, as the inventory names it. */
  readonly limit: string;
  /** Where it may stop, as expected; absent: nowhere. */
  readonly stop?: Omit<ExpectedStop, 'host'> | undefined;
};

/**
 * Judges a play by its recap as well as by its exit status: a limit that matches no host exits with 0. Source: facts,
 * "batcave01".
 */
export function judgePlay(
  { playbook, limit, stop }: What,
  text: string,
  exitedWell: boolean,
): Extract<Look<Played>, { is: 'after' | 'failed' }> {
  const play = parsePlay(text);
  const ok = play.recap.reduce((sum, one) => sum + one.ok, 0);
  const changed = play.recap.reduce((sum, one) => sum + one.changed, 0);
  if (exitedWell && endedWell(play, limit)) return { is: 'after', output: { ok, changed, stoppedAtMount: false } };
  const stopped = stop === undefined ? undefined : stopAtMount(play, { ...stop, host: limit });
  if (stopped !== undefined) {
    return {
      is: 'after',
      output: { ok, changed, stoppedAtMount: true },
      saw: `it stopped at "${stopped.task}", as expected without the volume`,
    };
  }
  return failed('playbook-failed', why(play, playbook, limit), evidenceOf(play));
}

/** How a play of several hosts failed, by its output; undefined where it names no task. */
export function failedPlay(playbook: string, text: string): Extract<Look<JsonObject>, { is: 'failed' }> | undefined {
  const play = parsePlay(text);
  const { failure } = play;
  return failure && failed('playbook-failed', why(play, playbook, failure.host), evidenceOf(play));
}

function why(play: Play, playbook: string, limit: string): string {
  const { failure, noHosts, error, recap } = play;
  if (failure !== undefined) {
    const { role, task, handler, host, status, item, messages } = failure;
    const [message = status] = messages;
    const where = `${role === undefined ? '' : `role ${role}, `}${handler ? 'handler' : 'task'} "${task}"`;
    const of = item === undefined ? '' : `, item ${item}`;
    const said = status === 'unreachable' ? `${host} can't be reached: ${message}` : message;
    return `${playbook}, ${where}${of}: ${said}`;
  }
  if (noHosts) return `${playbook} did nothing: the inventory has no ${limit} for it`;
  if (recap.length === 0) return `${playbook} did nothing: ${error ?? 'it ended without a recap'}`;
  if (!recap.some(one => one.host === limit)) return `${playbook} did nothing on ${limit}: its recap doesn't name it`;
  return `${playbook} failed and named no task${error === undefined ? '' : `: ${error}`}`;
}
