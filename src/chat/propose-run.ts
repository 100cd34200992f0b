import { BadInput } from '#core/errors.ts';
import type { ProposalRequest, RunsService } from '#engine/runs.ts';
import type { Clock } from '#ports/clock.ts';
import { type ChatEstate, environmentOf } from './chat-estate.ts';
import { sayDuration } from './say-time.ts';

/**
 * Proposes a run for somebody. The run's first message is the answer.
 *
 * @throws BadInput when nobody but the asker could approve it, or another run has one of its targets (named, with its age).
 */
export async function proposeRun(
  parts: { readonly runs: RunsService; readonly estate: ChatEstate; readonly clock: Clock },
  request: ProposalRequest,
  cause: string,
): Promise<void> {
  const { runs, estate, clock } = parts;
  const { approvers } = environmentOf(estate, request.environment);
  if (!approvers.some(person => person !== request.asker)) {
    throw new BadInput(
      'approvers',
      `nobody but you could approve for ${request.environment}, and you can't approve what you ask for: add an approver to the estate first.`,
    );
  }
  const proposed = await runs.propose(request, cause);
  if ('run' in proposed) return;
  const other = await runs.get(proposed.lockedBy);
  const age =
    other === undefined ? '' : `, ${sayDuration(clock.now() - other.proposedAt)} old, asked by ${other.asker}`;
  throw new BadInput(
    'target',
    `${proposed.target} is taken by ${proposed.lockedBy}${age}. !status ${proposed.lockedBy}`,
  );
}
