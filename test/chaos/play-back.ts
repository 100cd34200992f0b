import { autoPlay } from '#cli/demo/auto-play.ts';
import { isEnd, pendingIn } from '#cli/demo/pending.ts';
import { cardIn, type Fields, fieldsOf, textOf } from '#cli/room/room-model.ts';
import { readWorld, roomOf, userOf } from '#cli/room/room-world.ts';

class Over extends Error {}

/** Plays an upgrade until its outage is over, and leaves it in its settle window. @returns the run. */
export async function playUntilOver(dir: string, say: string): Promise<string> {
  const world = readWorld(dir);
  const onCard = (kind: string) => {
    if (kind === 'end') throw new Over();
  };
  const signal = AbortSignal.timeout(300_000);
  await autoPlay({ world, say, print: () => {}, signal, onCard }).catch((error: unknown) => {
    if (!(error instanceof Over)) throw error;
  });
  const alice = userOf(world, 'alice');
  const past: Fields[] = [];
  for await (const page of alice.back(await roomOf(world, alice, 'work'), 5_000)) past.unshift(...[...page].reverse());
  const [run] = pendingIn(past, world.bot).runs;
  if (run === undefined) throw new Error('no run is in its settle window');
  return run;
}

/**
 * Alice takes a run back, and bob approves what is asked for, until it has ended.
 *
 * @returns the run. @throws Error at a halt.
 */
export async function playBack(dir: string, run: string, signal: AbortSignal): Promise<string> {
  const world = readWorld(dir);
  const [alice, bob] = [userOf(world, 'alice'), userOf(world, 'bob')];
  const room = await roomOf(world, alice, 'work');
  let since = (await alice.sync(room, undefined, 1, signal)).next;
  await alice.say(room, `!rollback ${run}`);
  const answers = async (event: Fields): Promise<boolean> => {
    const card = cardIn(event, world.bot);
    const content = fieldsOf(event.content);
    if (fieldsOf(content['m.relates_to']).rel_type === 'm.replace') return false;
    if (card.kind === 'halt') throw new Error(`the run halted:\n${textOf(content.body)}`);
    if (card.kind === 'request' && card.state === 'open') await bob.react(room, textOf(event.event_id) ?? '', '✅');
    return isEnd(event, world.bot);
  };
  for (;;) {
    const found = await alice.sync(room, since, 200, signal);
    since = found.next;
    for (const event of found.events) if (await answers(event)) return run;
  }
}
