import type { Run } from '#core/run.ts';
import { outageIsOver } from './cards/outage.ts';
import type { ChatEnvironment, ChatEstate } from './chat-estate.ts';

/** On-call of the environments that it concerns and that are in an outage now: who else should hear at once of trouble of Ferry's own. */
export function onCall(
  runs: readonly Run[],
  estate: ChatEstate,
  concerns: (environment: ChatEnvironment) => boolean,
): readonly string[] {
  const inOutage = new Set(
    runs.filter(run => run.outageBegun !== undefined && !outageIsOver(run)).map(run => run.environment),
  );
  const called = Object.values(estate.environments).filter(one => inOutage.has(one.name) && concerns(one));
  return [...new Set(called.flatMap(one => one.page))];
}
