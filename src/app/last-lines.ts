import { tellingLines } from '#changes/parsers/play.ts';
import { withoutDiffs } from '#changes/parsers/play-diff.ts';
import type { LastLines } from '#chat/define-command.ts';
import type { HostRef, ShellReader } from '#ports/shell.ts';

/** Last lines of the step's detached commands, read from where they run: the newest change that has any. */
export function lastLines(shell: ShellReader): LastLines {
  return {
    async read(run, step) {
      const plan = run.steps[step]?.plan ?? [];
      for (const change of [...plan].reverse()) {
        const state = run.changes[change.id];
        const host = change.args.host as HostRef | undefined;
        if (state?.key === undefined || host === undefined) continue;
        const found = await shell.detached(host, run.uid, state.key);
        if (found.is === 'absent') continue;
        const tail = shownOf(change.kind, found.tail);
        if (tail.length > 0) return tail;
      }
      return run.steps[step]?.halt?.evidence ?? [];
    },
  };
}

/** Plays print what isn't for the room: secrets in diffs and in errors. */
function shownOf(kind: string, tail: readonly string[]): readonly string[] {
  if (kind === 'check-playbook') return tellingLines(withoutDiffs(tail));
  return kind === 'play-playbook' ? tellingLines(tail) : tail;
}
