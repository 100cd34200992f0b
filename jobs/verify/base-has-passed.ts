import { hasLeftRole, parsePlay } from '#changes/parsers/play.ts';
import { wholeOutput } from '#changes/shared/whole-output.ts';
import type { Readers } from '#engine/define-change.ts';
import type { StepContext, Verdict } from '#engine/define-step.ts';
import { ownRole } from '../own-role.ts';
import { scene } from '../scene.ts';

/**
 * Reads on, on batcave01, what the playbook of a neighbouring step of the target prints, until it has left the role
 * `base` on the host: from then on its keys are signed, whatever becomes of the rest of the play.
 *
 * @param as the name under which the step plays: the target's own, or its temporary one.
 */
export function baseHasPassed(step: string, as: 'host' | 'temporary') {
  return async ({ shell }: Readers, context: StepContext): Promise<Verdict> => {
    const { target } = context;
    if (!context.has(target, step) || context.outputs(target, step) !== undefined) return { ok: true };
    const { settings, target: about } = scene(context);
    const limit = as === 'temporary' ? (about.temporary?.host ?? about.host) : about.host;
    const play = context.attempts(target, step).find(one => one.kind === 'play-playbook');
    if (play === undefined) return { ok: false, wait: true, why: `${step} hasn't played the playbook yet` };
    const { host } = settings.batcave;
    const begun = (await shell.detached({ host }, context.run.uid, play.key)).is !== 'absent';
    const text = begun ? await wholeOutput({ shell }, { host }, context.run.uid, play.key) : '';
    return hasLeftRole(parsePlay(text), { role: 'base', own: ownRole(about.role), host: limit })
      ? { ok: true }
      : { ok: false, wait: true, why: 'the playbook is still in the role base' };
  };
}
