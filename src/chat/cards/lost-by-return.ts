import type { Run } from '#core/run.ts';
import type { Drawing } from '../cards.ts';
import { plainLine } from '../harmless.ts';

/** "Lost by going back: nothing: …"; of a run that is no return nothing is said. */
export function lostLines(run: Run, { procedure }: Pick<Drawing, 'procedure'>): string[] {
  const lost = run.what === 'return' ? procedure.returns?.lost(run) : undefined;
  return lost === undefined ? [] : [`Lost by going back: ${plainLine(lost)}.`];
}
