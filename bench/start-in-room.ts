import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { startBot } from './bot.ts';
import { isEnd, People, startOf } from './people.ts';
import { inMs, percentile, type Row } from './row.ts';
import { withSimulator } from './with-simulator.ts';

const samples = 100;

/**
 * From the moment at which somebody's client sends `!start` until the first change leaves: homeserver, sync, a fresh read of
 * the answers, the journal, the wake-up, the lease, the outage's begin. The change itself does nothing.
 */
export function startInRoom(): Promise<Row[]> {
  return withSimulator('max', async ({ dir }) => {
    const bot = await startBot(dir, ['bench/chain-bot.ts']);
    const took: number[] = [];
    try {
      const people = await People.in(dir);
      for (let at = 0; at < samples; at += 1) {
        await people.says('!upgrade copr-keygen-dev');
        const asked = await people.until(heard => startOf(heard) !== undefined);
        // Nobody types faster; and what the bot still writes about the approvals is over by then.
        await pause(300);
        const sent = once(bot.child, 'message');
        const begun = process.hrtime.bigint();
        await people.says(startOf(asked) ?? '');
        const [{ sentAt }] = (await sent) as [{ sentAt: string }];
        took.push(Number(BigInt(sentAt) - begun) / 1e6);
        await people.until(isEnd);
      }
    } finally {
      await bot.end('SIGTERM');
    }
    return [
      { what: `!start in the room to first change sent, p50 of ${samples}`, value: inMs(percentile(took, 0.5)) },
      {
        what: `!start in the room to first change sent, p99`,
        value: inMs(percentile(took, 0.99)),
        goal: 'at most 50 ms',
      },
    ];
  });
}
