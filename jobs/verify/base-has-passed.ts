import { hasLeftRole } from '#changes/parsers/play.ts';
import { wholeOutput } from '#changes/shared/whole-output.ts';
import type { Readers } from '#engine/define-change.ts';
import type { StepContext, Verdict } from '#engine/define-step.ts';
import { scene } from '../scene.ts';

/**
 * Reads on, on batcave01, what the playbook of a neighbouring step of the target prints, until it has left the role
 * `base`: from then on the host's keys are signed, whatever becomes of the rest of the play.
 */
export function baseHasPassed(step: string) {
  return async ({ shell }: Readers, context: StepContext): Promise<Verdict> => {
    const { target } = context;
    if (!context.has(target, step) || context.outputs(target, step) !== undefined) return { ok: true };
    const { settings } = scene(context);
    const play = context.attempts(target, step).find(one => one.kind === 'play-playbook');
    if (play === undefined) return { ok: false, wait: true, why: `${step} hasn't played the playbook yet` };
    const { host } = settings.batcave;
    const begun = (await shell.detached({ host }, context.run.uid, play.key)).is !== 'absent';
    const text = begun ? await wholeOutput({ shell }, { host }, context.run.uid, play.key) : '';
    return hasLeftRole(text, 'base')
      ? { ok: true }
      : { ok: false, wait: true, why: 'the playbook is still in the role base' };
  };
}
