import { setFlagsFromString } from 'node:v8';
import { BadInput, FerryError } from '#core/errors.ts';
import { exit, type Subcommand, UsageError } from './subcommand.ts';

/** Every subcommand, in the order of `ferry --help`. */
export const subcommands: readonly Subcommand[] = [
  {
    name: 'demo',
    summary: 'play an upgrade on the simulator, in this terminal',
    load: async () => (await import('./demo.ts')).demoCommand,
  },
  {
    name: 'sim',
    summary: 'the outside world, pretended: EC2, hosts, Matrix, git, mail',
    load: async () => (await import('./sim.ts')).simCommand,
  },
  { name: 'start', summary: 'the bot and its worker', load: async () => (await longLived()).startCommand },
  { name: 'worker', summary: 'a worker alone', load: async () => (await longLived()).workerCommand },
  {
    name: 'check',
    summary: 'prove the configuration and every credential; touches nothing',
    load: async () => (await import('./check.ts')).checkCommand,
  },
  {
    name: 'plan',
    summary: 'every change that an upgrade would make, or the rest of a run by hand',
    load: async () => (await import('./plan.ts')).planCommand,
  },
  {
    name: 'journal',
    summary: 'show, verify, restore or seal what happened in runs',
    load: async () => (await import('./journal.ts')).journalCommand,
  },
  {
    name: 'room',
    summary: 'a Matrix room in the terminal',
    load: async () => (await import('./room/room.ts')).roomCommand,
  },
];

/** It runs for months and idles: without this V8 keeps 30 MB of room for young objects that loading once needed. */
function longLived() {
  setFlagsFromString('--semi-space-growth-factor=1');
  return import('./start.ts');
}

const help = `ferry: upgrades a production estate from a chat room

Usage: ferry COMMAND [OPTIONS]

${subcommands.map(({ name, summary }) => `  ${name.padEnd(9)}${summary}`).join('\n')}

"ferry COMMAND --help" says more. Exit: 0 done, 1 failed, 2 usage, 3 configuration, 4 not safe to go on.
`;

/** Runs a command line. Errors become one sentence on stderr and a status; only the unexpected has a stack. */
export async function ferry(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(help);
    return name === undefined ? exit.usage : exit.done;
  }
  const subcommand = subcommands.find(one => one.name === name);
  if (subcommand === undefined) {
    process.stderr.write(`ferry: there is no command ${JSON.stringify(name)}: see ferry --help\n`);
    return exit.usage;
  }
  try {
    const run = await subcommand.load();
    return await run(rest);
  } catch (error) {
    return explain(name, error);
  }
}

function explain(name: string, error: unknown): number {
  if (error instanceof UsageError || isParseArgsError(error)) {
    process.stderr.write(`ferry ${name}: ${(error as Error).message}\n`);
    return exit.usage;
  }
  if (error instanceof BadInput) {
    process.stderr.write(`ferry ${name}: ${error.message}\n`);
    return exit.configuration;
  }
  if (error instanceof FerryError) {
    process.stderr.write(`ferry ${name}: ${error.message}\n`);
    return /^(?:store|mirror|journal|account)-/.test(error.code) ? exit.unsafe : exit.failed;
  }
  process.stderr.write(`ferry ${name}: unexpected: ${(error as Error).stack ?? String(error)}\n`);
  return exit.failed;
}

function isParseArgsError(error: unknown): boolean {
  return error instanceof TypeError && String((error as NodeJS.ErrnoException).code).startsWith('ERR_PARSE_ARGS');
}
