import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { BadInput, FerryError } from '#core/errors.ts';
import { readConfig } from '#estate/config.ts';
import { restoreJournal } from './journal-restore.ts';
import { sealJournal } from './journal-seal.ts';
import { showJournal } from './journal-show.ts';
import { verifyJournal } from './journal-verify.ts';
import { type OpenStore, openStore } from './open-store.ts';
import { exit, UsageError } from './subcommand.ts';

const help = `ferry journal: what happened in runs, and whether it is whole

Usage:
  ferry journal show RUN [--json]   every entry of a run, one a line
  ferry journal verify [RUN]        check the mirror's seals and chain, and the store against it
  ferry journal restore             rebuild the store from its mirror after it was lost or restored from an older
                                    copy, or after somebody wrote to it. Stop every Ferry first. Open approvals have
                                    to be given again.
  ferry journal seal                once: seal the journals of a Ferry that didn't seal them. Stop every Ferry first.

Options:
  --state DIR      state folder, with the mirror (DIR/journal) and the embedded Redis (default: FERRY_STATE, or ./state)
  --env-file FILE  variables to read, like REDIS_URL; a relative FERRY_STATE counts from its folder
  --json           entries as JSON
  --help

Without REDIS_URL the embedded Redis of the state folder is used. Exit: 0 done, 1 failed, 2 usage, 3 configuration,
4 not safe to go on.
`;

/** `ferry journal show|verify|restore|seal`. @returns the exit status. @throws UsageError, BadInput. */
export async function journalCommand(argv: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      state: { type: 'string' },
      'env-file': { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return exit.done;
  }
  const act = action(positionals, values.json);
  const config = readConfig({ envFile: values['env-file'], state: values.state });
  // A typing error would make a new, empty store, and find nothing wrong with it.
  if (!existsSync(config.stateDir))
    throw new BadInput('--state', `there is no state folder ${config.stateDir}: see --state, or FERRY_STATE`);
  let store: OpenStore | undefined;
  let connection = '';
  try {
    store = await openStore({
      redisUrl: config.redisUrl?.reveal(),
      state: config.stateDir,
      path: process.env.PATH ?? '',
      journalKey: config.journalKey?.reveal(),
      starts: positionals[0] === 'seal',
      onError: error => {
        connection = error.message;
      },
    });
    return await act(store);
  } catch (error) {
    if (!(error instanceof FerryError) || error instanceof BadInput) throw error;
    process.stderr.write(`ferry journal: ${error.message}${connection === '' ? '' : ` (${connection})`}\n`);
    return /^(store|mirror|journal)-/.test(error.code) ? exit.unsafe : exit.failed;
  } finally {
    await store?.close();
  }
}

function action(positionals: readonly string[], json: boolean): (store: OpenStore) => Promise<number> {
  const [verb, run, ...more] = positionals;
  if (more.length > 0) throw new UsageError(`"${more[0]}" is one argument too many: see ferry journal --help`);
  if (run !== undefined && !/^[a-z0-9][a-z0-9_.-]*-[0-9]+$/i.test(run)) {
    throw new UsageError(`${JSON.stringify(run)} is no run: runs are named like dev-12`);
  }
  if (json && verb !== 'show') throw new UsageError('--json goes with show');
  switch (verb) {
    case 'show': {
      if (run === undefined) throw new UsageError('show which run? ferry journal show dev-12');
      return store => showJournal(store, run, json);
    }
    case 'verify':
      return store => verifyJournal(store, run);
    case 'restore':
      if (run !== undefined) throw new UsageError('restore takes no run: it is the whole store or nothing');
      return restoreJournal;
    case 'seal':
      if (run !== undefined) throw new UsageError('seal takes no run: all old journals, or none');
      return sealJournal;
    default:
      throw new UsageError('show, verify, restore or seal? See ferry journal --help');
  }
}
