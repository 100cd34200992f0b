import type { RunsService } from '#engine/runs.ts';
import type { Reacted } from '#ports/chat.ts';
import { type ChatEstate, environmentOf, personOf } from './chat-estate.ts';
import type { Desk } from './desk.ts';

/** 👀 on a halt says what `!take` says, in its turn. Of somebody who may give no commands it says nothing. */
export async function takeHalt(
  event: Reacted,
  { estate, runs, desk }: { readonly estate: ChatEstate; readonly runs: RunsService; readonly desk: Desk },
): Promise<void> {
  const person = personOf(estate, event.sender);
  const asks = Object.values(estate.environments).some(one => person !== undefined && one.ask.includes(person));
  if (person === undefined || !asks) return;
  for (const run of await runs.list({ open: true })) {
    const what = Object.keys(run.posted).find(
      key => key.startsWith('halt/') && run.posted[key]?.event === event.to && run.posted[key]?.room === event.room,
    );
    if (what === undefined) continue;
    if (!environmentOf(estate, run.environment).ask.includes(person)) return;
    const step = run.steps[what.slice('halt/'.length).split('#', 1)[0] ?? ''];
    const target = run.targets.find(one => one.name === step?.node.target);
    if (target === undefined || target.driver === person) return;
    const taken = { type: 'taken', target: target.name, person } as const;
    const order = { environments: [run.environment], run: run.id, thread: undefined };
    await desk.inTurn(order, () => runs.record(run.id, event.id, () => [taken]));
    return;
  }
}
