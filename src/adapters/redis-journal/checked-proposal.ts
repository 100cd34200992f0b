import type { NewEntry } from '#core/entries.ts';
import { Halt } from '#core/errors.ts';
import { numberOf } from './mirrored.ts';

/** The entries of a proposal. @throws Halt `bad-proposal` when the first doesn't say what is proposed: a restore has nothing else. */
export function checkedProposal(
  proposal: {
    readonly environment: string;
    readonly targets: readonly string[];
    readonly cause: string;
    readonly entries: (id: string) => readonly NewEntry[];
  },
  run: string,
): readonly NewEntry[] {
  const entries = proposal.entries(run);
  const first = entries[0];
  const fits =
    first?.type === 'proposed' &&
    first.id === run &&
    numberOf(run, first.environment) !== undefined &&
    first.environment === proposal.environment &&
    first.cause === proposal.cause &&
    first.targets.map(target => target.name).join() === proposal.targets.join();
  if (!fits) throw new Halt('bad-proposal', `the first entry of ${run} doesn't say what is proposed`);
  return entries;
}
