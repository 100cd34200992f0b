import { restoreStore } from '#adapters/redis-journal/restore-store.ts';
import type { OpenStore } from './open-store.ts';
import { exit } from './subcommand.ts';

/** Rebuilds the store from the mirror and says what was done. @throws Halt when that isn't safe. */
export async function restoreJournal(store: OpenStore): Promise<number> {
  const restored = await restoreStore(store);
  const touched = restored.filter(run => run.added > 0);
  for (const { run, added, voided } of touched) {
    const again = voided.length === 0 ? '' : `; to be approved again: ${voided.join(', ')}`;
    process.stdout.write(`${run}: ${added} ${added === 1 ? 'entry' : 'entries'} restored${again}\n`);
  }
  const whole = restored.length - touched.length;
  process.stdout.write(`${touched.length} restored, ${whole} already whole\n`);
  return exit.done;
}
