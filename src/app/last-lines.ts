import { tellingLines } from '#changes/parsers/play.ts';
import { withoutDiffs } from '#changes/parsers/play-diff.ts';
import type { LastLines } from '#chat/define-command.ts';
import type { Run } from '#core/run.ts';
import type { Clock } from '#ports/clock.ts';
import type { HostRef, ShellReader } from '#ports/shell.ts';

/** Steps whose lines are remembered. */
const most = 100;

/** Last lines of the step's detached commands, read from where they run: the newest change that has any. */
export function lastLines(shell: ShellReader, clock: Clock): LastLines {
  const known = new Map<string, { readonly lines: readonly string[]; readonly at: number }>();
  const reading = new Map<string, Promise<readonly string[]>>();
  const keyOf = (run: Run, step: string) => `${run.id} ${step}`;
  return {
    async read(run, step) {
      const key = keyOf(run, step);
      const underWay = reading.get(key);
      if (underWay !== undefined) return underWay;
      const fresh = readFrom(shell, run, step).finally(() => reading.delete(key));
      reading.set(key, fresh);
      const lines = await fresh;
      known.delete(key);
      known.set(key, { lines, at: clock.now() });
      const [oldest] = known.keys();
      if (known.size > most && oldest !== undefined) known.delete(oldest);
      return lines;
    },
    known: (run, step) => known.get(keyOf(run, step)),
  };
}

async function readFrom(shell: ShellReader, run: Run, step: string): Promise<readonly string[]> {
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
}

/** Plays print what isn't for the room: secrets in diffs and in errors. */
function shownOf(kind: string, tail: readonly string[]): readonly string[] {
  if (kind === 'check-playbook') return tellingLines(withoutDiffs(tail));
  return kind === 'play-playbook' ? tellingLines(tail) : tail;
}
