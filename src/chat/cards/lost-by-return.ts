import type { Run } from '#core/run.ts';
import type { Drawing } from '../cards.ts';
import { plainLine } from '../harmless.ts';

/** What a return to the old instances loses; undefined of a run that is none. */
export function lostWords(run: Run, { procedure }: Pick<Drawing, 'procedure'>): string | undefined {
  const lost = run.what === 'return' ? procedure.returns?.lost(run) : undefined;
  return lost === undefined ? undefined : plainLine(lost);
}

/** "Lost by going back: nothing: …"; of a run that is no return nothing is said. */
export function lostLines(run: Run, drawing: Pick<Drawing, 'procedure'>): string[] {
  const lost = lostWords(run, drawing);
  return lost === undefined ? [] : [`Lost by going back: ${lost}.`];
}
