import type { AskedByHand } from '#core/entries.ts';
import type { Run } from '#core/run.ts';
import { becauseOf, plainLine } from '../harmless.ts';

/** What somebody says to have done by hand: why a second person is asked, what was read of it, and what an answer does. */
export function byHandLines(run: Run, { step, person, because, read, unread }: AskedByHand): string[] {
  const title = run.steps[step]?.node.title ?? step;
  return [
    `${person} did it by hand${becauseOf(because)}: ${step}, “${title}”.`,
    ...(read.length === 0 ? ['Read of it: nothing.'] : ['Read of it:', ...read.map(line => `  ${plainLine(line)}`)]),
    "Can't be read back, so a second person agrees to it:",
    ...unread.map(line => `  ${plainLine(line)}`),
    `Approved, ${run.id} goes on as if it had done it; rejected, it halts again.`,
  ];
}
