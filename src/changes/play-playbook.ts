import { type ChangeMaker, defineChange, type Look, type Readers } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { isMounting, type Play, parsePlay } from './parsers/play.ts';
import { onHost } from './shared/command-line.ts';
import { lookAtCommand } from './shared/look-at-command.ts';
import { failed } from './shared/looks.ts';

type Args = {
  /** batcave01. */
  readonly host: HostRef;
  /** The name in the inventory that it is limited to. */
  readonly limit: string;
  /** Relative to the checkout's playbooks: "groups/copr-backend.yml". */
  readonly playbook: string;
  /** Empty: the whole playbook. */
  readonly tags: readonly string[];
  /** Whether a stop at mounting the data volume, which isn't attached yet, is as expected. */
  readonly mayStopAtMount: boolean;
};
type Output = { readonly changed: number; readonly ok: number; readonly stoppedAtMount: boolean };

/** Evidence of a failure: as many of the last lines. */
const shownLines = 30;

/**
 * Plays a playbook on batcave01, detached, and judges it by its recap as well as by its exit status: a limit that matches
 * no host exits with 0. Source: facts, "batcave01"; procedure, provision and enable-services.
 */
export const playPlaybook: ChangeMaker<Args, Output> = defineChange<Args, Output>({
  kind: 'play-playbook',
  version: 1,
  repeat: 'converges',
  limit: 'playbook',
  unseen: true,

  say: args =>
    `play ${args.playbook} for ${args.limit}${args.tags.length === 0 ? '' : `, only ${args.tags.join(', ')}`}` +
    `${args.mayStopAtMount ? ', which may stop at mounting' : ''}`,

  async look(ports, args, about) {
    const { host, playbook } = args;
    const state = await lookAtCommand<Output>(ports, host, about, playbook);
    if (state.is === 'absent') return { is: 'before' };
    if (state.is === 'under-way' || state.is === 'other') return state;
    const output = await wholeOutput(ports, host, about.run, about.key);
    return judge(args, parsePlay(output), output, state.is === 'done');
  },

  async make({ shell }, args, send) {
    await shell.start(args.host, argvOf(args), send);
    return undefined;
  },

  inverse: () => ({
    rule: 'what a playbook set up stays; going back plays it again with the inventory as it was where that matters',
  }),

  byHand: args => onHost(args.host, argvOf(args)).replace('# ', '$ '),
});

function argvOf({ limit, playbook, tags }: Args): string[] {
  return ['sudo', 'rbac-playbook', '-l', limit, playbook, ...(tags.length === 0 ? [] : ['-t', tags.join(',')])];
}

function judge({ playbook, limit, mayStopAtMount }: Args, play: Play, text: string, exitedWell: boolean): Look<Output> {
  const { recap, failure } = play;
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
  if (play.noHosts || recap.length === 0) {
    const why = play.noHosts ? `the inventory has no ${limit} for it` : 'it ended without a recap';
    return failed('playbook-failed', `${playbook} did nothing: ${why}`, evidence);
  }
  return failed('playbook-failed', `${playbook} failed and named no task`, evidence);
}

async function wholeOutput({ shell }: Readers, host: HostRef, run: string, key: string): Promise<string> {
  let whole = '';
  for (let from = 0; ; ) {
    const { text, next } = await shell.output(host, run, key, from);
    whole += text;
    if (next <= from) return whole;
    from = next;
  }
}
