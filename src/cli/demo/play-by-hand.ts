import type { Simulator } from '#sim/simulator.ts';
import { ownTerminal } from '../room/own-terminal.ts';
import { RoomSession } from '../room/room-session.ts';
import { readWorld } from '../room/room-world.ts';
import type { BotProcess } from './bot-process.ts';
import { breakCommand } from './break-command.ts';
import { compare, type DemoTarget, problemsAfter } from './check-world.ts';
import type { KeptWorld } from './kept-world.ts';
import { isEnd, startedTargets } from './pending.ts';
import { outro } from './words.ts';
import type { WorldView } from './world-view.ts';

/**
 * The room in the terminal, for people to play in. When a run ends, the world before and after stands below it; the room
 * stays until they leave.
 */
export async function playByHand(options: {
  readonly dir: string;
  readonly simulator: Simulator;
  readonly bot: BotProcess;
  /** The world as it was before. */
  readonly kept: KeptWorld;
  /** Every target of the estate. */
  readonly all: readonly DemoTarget[];
  /** Those that this demo is about. */
  readonly targets: readonly DemoTarget[];
  readonly print: (lines: readonly string[]) => void;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { simulator, kept, all, targets } = options;
  let ended = false;
  /** What runs were about, whatever came of them. */
  const played = new Set<string>();
  const words = () => {
    const after = simulator.world() as WorldView;
    const before = kept.before(after);
    const replaced = compare(before, after, all).filter(one => one.before?.instance !== one.after?.instance);
    const isReplaced = ({ name }: DemoTarget) => replaced.some(one => one.target === name);
    const about = all.filter(one => isReplaced(one) || played.has(one.name));
    const problems = replaced.length === 0 ? [] : problemsAfter(before, after, all.filter(isReplaced));
    return outro(compare(before, after, about.length === 0 ? targets : about), ended ? problems : undefined);
  };
  const world = readWorld(options.dir);
  const session: RoomSession = new RoomSession({
    world,
    person: 'alice',
    room: 'work',
    ...ownTerminal(),
    more: {
      break: breakCommand(simulator, options.bot, lines => session.note(...lines)),
    },
    seen: event => {
      for (const name of startedTargets(
        event,
        world.bot,
        all.map(one => one.name),
      ))
        played.add(name);
      if (!isEnd(event, world.bot)) return;
      ended = true;
      session.note(...words(), 'Go on as you like, or leave: /quit', '');
      kept.keep(simulator.world());
    },
  });
  await session.run(options.signal);
  if (!ended) options.print(words());
}
