import { type Logger, pino } from 'pino';
import type { Log } from '#ports/log.ts';

/** The log: one JSON object a line on stderr, so that stdout stays the command's own. */
export function openLog(level: string): Log {
  const log: Logger = pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
  return log;
}
