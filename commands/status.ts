import { oneAfterAnother } from '#chat/body/blocks.ts';
import { leftLines } from '#chat/cards/kept.ts';
import { runLine, statusBody, usersStatus } from '#chat/cards/status.ts';
import { answer, defineCommand } from '#chat/define-command.ts';
import { BadInput } from '#core/errors.ts';
import type { MessageBody } from '#ports/message-body.ts';

export const status = defineCommand({
  name: 'status',
  usage: '[RUN, TARGET or ENV]',
  help: 'what is happening, what is next, who must act',
  takes: { run: true, target: 'one', environment: true },
  changes: false,
  rooms: 'any',
  subject: 'nothing',
  needs: ['runs', 'drawing', 'progress', 'clock', 'link'],
  async run({ runs, drawing, progress, clock, link, ...asking }, args) {
    const now = clock.now();
    const mine = (await runs.list()).filter(run => asking.environments.includes(run.environment));
    const open = mine.filter(run => run.ended === undefined);
    if (asking.kind === 'tell') {
      // Where a room hears of several environments, an outage says whose it is.
      const several = asking.environments.length > 1;
      return answer(
        asking,
        usersStatus(open, drawing, run => (several ? ` (${run.environment})` : ''), now),
      );
    }
    const [target] = args.targets;
    const named = args.run !== undefined || target !== undefined || args.environment !== undefined;
    const wanted = (named ? mine : open).filter(
      run =>
        (args.run === undefined || run.id === args.run) &&
        (target === undefined || run.targets.some(one => one.name === target)) &&
        (args.environment === undefined || run.environment === args.environment),
    );
    const shown =
      args.run === undefined && wanted.some(run => run.ended === undefined)
        ? wanted.filter(run => run.ended === undefined)
        : wanted.slice(0, 1);
    if (shown.length === 0) {
      if (args.run !== undefined) throw new BadInput(args.run, `there is no run ${args.run} here. !runs lists them.`);
      const [last] = mine;
      return answer(asking, `Nothing is under way.${last === undefined ? '' : ` Last: ${runLine(last, now)}`}`);
    }
    const bodies: MessageBody[] = [];
    for (const run of shown) {
      const doing = await progress.read(run.id);
      const where = (request: string) => {
        const posted = run.posted[`request/${request}`];
        return posted === undefined ? undefined : link(posted.room, posted.event);
      };
      const kept = leftLines(
        run,
        drawing,
        mine.filter(one => one.environment === run.environment),
      );
      bodies.push(statusBody(run, drawing, doing, where, now, kept));
    }
    return answer(asking, oneAfterAnother(bodies), shown.length === 1 ? shown[0]?.id : undefined);
  },
});
