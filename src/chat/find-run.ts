import { BadInput } from '#core/errors.ts';
import type { Run } from '#core/run.ts';
import type { RunsService } from '#engine/runs.ts';
import type { Args } from './arguments.ts';
import { sayDuration } from './say-time.ts';

export interface Looking {
  readonly runs: RunsService;
  /** Environments whose runs may be meant here. */
  readonly environments: readonly string[];
  /** Root of the thread in which it was said. */
  readonly thread: string | undefined;
  readonly now: number;
  /** Ended runs are meant too. */
  readonly ended: boolean;
  /** Of a target with no open run the last one is meant, but no ended one that nothing names. */
  readonly last: boolean;
  readonly fits: ((run: Run) => boolean) | undefined;
}

/**
 * The run that a command is about: the one named, the one that has the named target, the one of this thread, or the only
 * one that fits.
 *
 * @throws BadInput when none or several are meant; then the choices are named.
 */
export async function findRun(args: Args, looking: Looking): Promise<Run> {
  const { runs, environments, thread, ended } = looking;
  if (args.run !== undefined) return named(args.run, looking);
  const mine = (run: Run) => environments.includes(run.environment);
  const open = (await runs.list({ open: true })).filter(mine);
  if (args.targets.length > 0) {
    const has = open.filter(run => args.targets.every(target => run.targets.some(one => one.name === target)));
    const [run] = has.length > 0 || !looking.last ? has : await runs.list({ target: args.targets[0] ?? '' });
    if (run === undefined || !mine(run))
      throw new BadInput('target', `there is no open run of ${args.targets.join(', ')}.`);
    return run;
  }
  const threads = ended ? (await runs.list()).filter(mine) : open;
  const here = thread === undefined ? undefined : threads.find(run => run.posted.thread?.event === thread);
  if (here !== undefined) return here;
  const wanted = args.environment === undefined ? open : open.filter(run => run.environment === args.environment);
  const fitting = looking.fits === undefined ? wanted : wanted.filter(looking.fits);
  const among = fitting.length > 0 ? fitting : wanted;
  const [only, ...others] = among;
  if (only === undefined) {
    const [last] = ended && !looking.last ? threads : [];
    if (last !== undefined) return last;
    throw new BadInput('run', 'no run is open here. !runs lists the earlier ones.');
  }
  if (others.length > 0) {
    throw new BadInput('run', `which one? ${among.map(run => choice(run, looking.now)).join('; ')}.`);
  }
  return only;
}

async function named(id: string, { runs, environments, ended }: Looking): Promise<Run> {
  const run = await runs.get(id);
  if (run === undefined) throw new BadInput(id, `there is no run ${id}. !runs lists them.`);
  if (!environments.includes(run.environment)) throw new BadInput(id, `${id} isn't a run of this room.`);
  if (run.ended !== undefined && !ended) throw new BadInput(id, `${id} has ended (${run.ended.outcome}).`);
  return run;
}

function choice(run: Run, now: number): string {
  const targets = run.targets.map(target => target.name).join(', ');
  return `${run.id} (${targets}, ${sayDuration(now - run.proposedAt)} old)`;
}
