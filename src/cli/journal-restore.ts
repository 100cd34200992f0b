import { restoreStore } from '#adapters/redis-journal/restore-store.ts';
import type { OpenStore } from './open-store.ts';
import { exit } from './subcommand.ts';

/** Rebuilds the store from the mirror and says what was done. @throws Halt when that isn't safe. */
export async function restoreJournal(store: OpenStore): Promise<number> {
  const restored = await restoreStore(store);
  const touched = restored.filter(run => run.added > 0 || run.dropped > 0);
  for (const { run, added, dropped, voided } of touched) {
    const again = voided.length === 0 ? '' : `; to be approved again: ${voided.join(', ')}`;
    const thrown = dropped === 0 ? '' : `; ${counted(dropped)} without the journal's seal thrown away`;
    process.stdout.write(`${run}: ${counted(added)} restored${thrown}${again}\n`);
  }
  const whole = restored.length - touched.length;
  process.stdout.write(`${touched.length} restored, ${whole} already whole\n`);
  return exit.done;
}

function counted(entries: number): string {
  return `${entries} ${entries === 1 ? 'entry' : 'entries'}`;
}
