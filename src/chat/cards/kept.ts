import type { Run } from '#core/run.ts';
import type { Outlook } from '../outlook.ts';

/** "i-0ab… (stopped); snapshots snap-1, snap-2": what a run that turned back from a target left; undefined: nothing. */
export function keptWords(run: Run, target: string, outlook: Outlook): string | undefined {
  const { instances, snapshots } = outlook.kept?.(run, target) ?? { instances: [], snapshots: [] };
  const parts = [
    ...(instances.length === 0 ? [] : [`${instances.join(', ')} (stopped)`]),
    ...(snapshots.length === 0 ? [] : [`snapshot${snapshots.length === 1 ? '' : 's'} ${snapshots.join(', ')}`]),
  ];
  return parts.length === 0 ? undefined : parts.join('; ');
}
