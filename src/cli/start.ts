import { mkdirSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { BadInput } from '#core/errors.ts';
import { readConfig } from '#estate/config.ts';
import { looseFiles } from '#estate/file-modes.ts';
import { remarksOn } from '#estate/lookups.ts';
import { readEstate } from '#estate/read-estate.ts';
import { heartbeat } from '../app/heartbeat.ts';
import { openLog } from '../app/log.ts';
import { type App, openApp } from '../app.ts';
import { endInTime } from './end-in-time.ts';
import { refuseOldJournals } from './old-journals.ts';
import { openStore } from './open-store.ts';
import { exit, UsageError } from './subcommand.ts';

const options = {
  'env-file': { type: 'string' },
  state: { type: 'string' },
  'take-account': { type: 'boolean' },
  'older-record': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

function help(name: string, what: string, more = { usage: '', lines: '' }): string {
  return `ferry ${name}: ${what}

Usage: ferry ${name} [--env-file F] [--state DIR]${more.usage}

  --env-file F  variables to read: FERRY_ESTATE, MATRIX_ACCESS_TOKEN, AWS_ACCESS_KEY_ID … (docs/configuration.md)
  --state DIR   folder of the journal's mirror, and of the embedded Redis where there is no REDIS_URL
${more.lines}
Runs until SIGTERM or SIGINT: then the change in hand is finished or left attached, and nothing new begins.
`;
}

const taking = {
  usage: ' [--take-account] [--older-record]',
  lines: `  --take-account  once, when this store takes over: the chat account is the bot of another store, which is
                stopped and shall not start again
  --older-record  once: store and state folder are older than they were, as the mark in the chat account says, the
                newer ones are lost for good, and it goes on from what is there
`,
};

/** `ferry start`: the bot and its worker in one process. */
export function startCommand(argv: string[]): Promise<number> {
  return run(argv, help('start', 'the bot and its worker', taking), true);
}

/** `ferry worker`: moves runs; listens to no chat. */
export function workerCommand(argv: string[]): Promise<number> {
  return run(argv, help('worker', 'a worker alone'), false);
}

async function run(argv: string[], text: string, withChat: boolean): Promise<number> {
  const { values } = parseArgs({ args: argv, options });
  if (values.help === true) {
    process.stdout.write(text);
    return exit.done;
  }
  if (values['take-account'] === true && !withChat)
    throw new UsageError('--take-account goes with ferry start: a worker has no chat');
  if (values['older-record'] === true && !withChat)
    throw new UsageError('--older-record goes with ferry start: a worker has no chat');
  const config = readConfig({ envFile: values['env-file'], state: values.state });
  const [loose] = looseFiles(config);
  if (loose !== undefined) throw new BadInput(loose.of, loose.sentence);
  const estate = await readEstate(config.estateFile);
  mkdirSync(config.stateDir, { recursive: true, mode: 0o700 });
  const log = openLog(config.logLevel);
  for (const remark of remarksOn(estate)) log.warn({ remark }, 'the estate allows what is surely not meant');
  const store = await openStore({
    redisUrl: config.redisUrl?.reveal(),
    state: config.stateDir,
    path: process.env.PATH ?? '',
    journalKey: config.journalKey?.reveal(),
    starts: true,
    onError: error => log.warn({ error: error.message }, 'the store does not answer'),
  });
  const stopping = new AbortController();
  const stop = () => stopping.abort();
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  const closed = endInTime(store.redis, stopping.signal);
  let closing = false;
  void store.embedded?.gone.then(why => {
    if (closing) return;
    // Nothing can be recorded any more, so nothing can be stopped in order either: whoever looks after us starts us again.
    process.stderr.write(`ferry: the embedded Redis is gone: ${why}\n`);
    process.exit(exit.failed);
  });
  let app: App | undefined;
  let running: Promise<unknown>[] = [];
  try {
    await refuseOldJournals(store, config.stateDir);
    app = await openApp(estate, config, store, log, withChat, undefined, {
      takesAccount: values['take-account'] === true,
      olderRecord: values['older-record'] === true,
    });
    // One that fails ends the other: half a bot is none. A chat that can't be reached is no failure.
    const parts = [app.work(stopping.signal), ...(withChat ? [app.chat(stopping.signal)] : [])].map(part =>
      part.finally(stop),
    );
    const ready = app.listening(stopping.signal).then(chat => {
      if (!stopping.signal.aborted) {
        if (withChat && chat === 'away') log.warn({}, 'runs are moved; the chat is away, and nobody is heard yet');
        process.stderr.write('ready\n');
      }
      // Otherwise kept at the end only, which a process that is killed hasn't got.
      flushCompileCache();
      // Loading is over: a run's many short-lived objects may have their room (see where this is loaded).
      setFlagsFromString('--semi-space-growth-factor=2');
    });
    const alive = heartbeat(join(config.stateDir, 'alive'), () => store.redis.ping(), stopping.signal);
    running = [...parts, ready, alive];
    await Promise.all(running);
    return exit.done;
  } finally {
    // Whatever failed: the rest ends in order, and nothing that is left open keeps the process.
    stop();
    await Promise.allSettled(running);
    await app?.close();
    process.off('SIGTERM', stop);
    process.off('SIGINT', stop);
    closing = true;
    await store.close();
    closed();
  }
}
