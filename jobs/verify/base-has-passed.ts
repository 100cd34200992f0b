import { hasLeftRole } from '#changes/parsers/play.ts';
import type { Readers } from '#engine/define-change.ts';
import type { StepContext, Verdict } from '#engine/define-step.ts';
import type { HostRef, ShellReader } from '#ports/shell.ts';
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
    const text = await outputOf(shell, { host: settings.batcave.host }, context.run.uid, play.key);
    return hasLeftRole(text, 'base')
      ? { ok: true }
      : { ok: false, wait: true, why: 'the playbook is still in the role base' };
  };
}

async function outputOf(shell: ShellReader, host: HostRef, run: string, key: string): Promise<string> {
  if ((await shell.detached(host, run, key)).is === 'absent') return '';
  let whole = '';
  for (let from = 0; ; ) {
    const { text, next } = await shell.output(host, run, key, from);
    whole += text;
    if (next <= from) return whole;
    from = next;
  }
}
