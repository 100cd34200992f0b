import { join } from 'node:path';
import { entriesIn } from '#test/builders/journal-key.ts';
import { startBot } from './bot.ts';
import { outagePath } from './critical-path.ts';
import { isEnd, People, startOf } from './people.ts';
import type { Row } from './row.ts';
import { withSimulator } from './with-simulator.ts';

/** The world is so many times faster: what Ferry itself costs weighs as many times more than it does in the real one. */
const speed = 20;

/** Whole outages by the real bot, against the simulator's delays along their longest path. */
export async function outage(): Promise<Row[]> {
  return [...(await of('copr-be-dev')), ...(await of('dev'))];
}

function of(target: string): Promise<Row[]> {
  return withSimulator(speed, async ({ dir, kernel }) => {
    // Before the outage nobody waits: there the world takes no time.
    kernel.setSpeed('max');
    const bot = await startBot(dir);
    try {
      const people = await People.in(dir);
      await people.says(`!upgrade ${target}`);
      const asked = await people.until(heard => startOf(heard) !== undefined);
      kernel.setSpeed(speed);
      await people.says(startOf(asked) ?? '');
      await people.until(heard => /^Over: /m.test(heard.body));
      kernel.setSpeed('max');
      await people.until(isEnd);
      const { took, path, worst } = outagePath(entriesIn(join(dir, 'state/journal'), 'dev-1'), kernel.waits);
      const seconds = (ms: number) => `${((ms * speed) / 1_000 / 60).toFixed(1)} min`;
      process.stderr.write(`${target}: beyond the world's delays, ms at speed ${speed}: ${worst.join(', ')}\n`);
      return [
        { what: `outage of ${target}, in the world's time at speed ${speed}`, value: seconds(took) },
        { what: `its critical path, the world's delays alone`, value: seconds(path) },
        {
          what: `outage of ${target} against its critical path`,
          value: `${(took / path).toFixed(2)}×`,
          goal: 'at most 1.1×',
        },
      ];
    } finally {
      await bot.end('SIGTERM');
    }
  });
}
