import { keptInstances, turnedBackSince } from '#core/kept-instances.ts';
import type { Run } from '#core/run.ts';
import type { Drawing } from '../cards.ts';
import type { Outlook } from '../outlook.ts';
import { returnable } from './returnable.ts';

/** "i-0ab… (stopped); snapshots snap-1, snap-2": what a retirement of the target removes of a run that turned back from it; undefined: nothing. */
export function keptWords(run: Run, target: string, outlook: Outlook): string | undefined {
  const { instances, snapshots } = outlook.kept?.(run, target) ?? {
    instances: [],
    snapshots: [],
    volumes: [],
  };
  const parts = [
    ...(instances.length === 0 ? [] : [`${instances.join(', ')} (stopped)`]),
    ...(snapshots.length === 0 ? [] : [`snapshot${snapshots.length === 1 ? '' : 's'} ${snapshots.join(', ')}`]),
  ];
  return parts.length === 0 ? undefined : parts.join('; ');
}

/**
 * What stays of a run until a retirement: the old instances, or what it launched or left and turned back from.
 *
 * @param runs all of the environment, newest first; this one alone when it has just ended.
 */
export function leftLines(run: Run, drawing: Drawing, runs: readonly Run[] = [run]): string[] {
  const names = run.targets.map(target => target.name);
  const kept = keptInstances(runs);
  const old = names.filter(name => kept.get(name)?.id === run.id);
  const left = names.flatMap(name => {
    const aside = turnedBackSince(runs, name).some(one => one.id === run.id);
    const words = aside ? keptWords(run, name, drawing.outlook) : undefined;
    return [
      ...(words === undefined ? [] : [`Kept of ${name} until !retire ${name}: ${words}.`]),
      ...(aside ? keptVolumeLines(run, name, drawing.outlook) : []),
    ];
  });
  return [...(old.length === 0 ? [] : [oldWords(run, old, drawing, runs)]), ...left];
}

function oldWords(run: Run, old: readonly string[], drawing: Drawing, runs: readonly Run[]): string {
  const back = returnable(run, runs, drawing).map(name => `!rollback ${name}`);
  const goes = back.length === 0 ? '' : `. Until then ${back.join(' or ')} goes back, by a run of its own`;
  return `Old instances are kept: !retire ${old.join(' ')}${goes}`;
}

/**
 * What no retirement removes, a sentence each: volumes that others took the place of on a way back. Of a retirement those that it
 * found still there.
 */
export function keptVolumeLines(run: Run, target: string, outlook: Outlook): string[] {
  const { volumes } = outlook.kept?.(run, target) ?? { volumes: [] };
  return volumes.map(
    id => `Kept of ${target} until somebody deletes it: ${id}, the data as upgraded in a run that turned back.`,
  );
}
