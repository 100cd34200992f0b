import type { Run } from '#core/run.ts';
import type { Outlook } from '../outlook.ts';

/** "i-0ab… (stopped); volume vol-1 as upgraded; snapshots snap-1, snap-2": what a run that turned back from a target left; undefined: nothing. */
export function keptWords(run: Run, target: string, outlook: Outlook): string | undefined {
  const { instances, snapshots, volumes } = outlook.kept?.(run, target) ?? {
    instances: [],
    snapshots: [],
    volumes: [],
  };
  const parts = [
    ...(instances.length === 0 ? [] : [`${instances.join(', ')} (stopped)`]),
    ...(volumes.length === 0 ? [] : [`volume${volumes.length === 1 ? '' : 's'} ${volumes.join(', ')} as upgraded`]),
    ...(snapshots.length === 0 ? [] : [`snapshot${snapshots.length === 1 ? '' : 's'} ${snapshots.join(', ')}`]),
  ];
  return parts.length === 0 ? undefined : parts.join('; ');
}
