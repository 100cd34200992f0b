import { parseArgs } from 'node:util';
import { FerryError } from '#core/errors.ts';
import { exit, UsageError } from '../subcommand.ts';
import type { MatrixUser } from './matrix-user.ts';
import { newestRequest } from './newest-request.ts';
import { ownTerminal } from './own-terminal.ts';
import { RoomSession } from './room-session.ts';
import { type RoomWorld, readWorld, roomOf, userOf, worldOf } from './room-world.ts';
import { showJson, showText } from './show-room.ts';

const help = `ferry room: a Matrix room in the terminal

Usage: ferry room [--dir D --as PERSON | --homeserver U --token T] [--room NAME] [VERB]

Without a verb: a live view. What you type is said; /help lists the rest.

Verbs, for scripts:
  say TEXT                      say something; prints the event's id
  react EMOJI [--event ID]      put an emoji on a message, unless told the bot's newest request for approval without it; prints the id
  unreact EMOJI [--event ID]    take it back
  show [--json]                 print the room; with --json one message a line:
                                {"id","thread","sender","at","body","edited","reactions":[{"sender","emoji"}],"card"},
                                body and card (the bot's only) as last edited, a deleted message with "redacted": true

Options:
  --dir D            folder of a simulator: world.json there says where and who
  --as PERSON        who you are there (default: alice)
  --homeserver U     any homeserver, "https://matrix.example.org"
  --token T          access token there (default: the environment's FERRY_ROOM_TOKEN, which no process list shows)
  --bot ACCOUNT      the bot's account there ("@ferry:example.org"): only its requests and cards are any
  --room NAME        room: its name in world.json (default: work), an alias (#room:server) or an id
  --thread ID        say: inside the thread of this event
  --event ID         react, unreact: on this event
  --limit N          show: the newest N events (default: 5000)
  --help

Exit: 0 done, 1 failed, 2 usage.
`;

const options = {
  dir: { type: 'string' },
  as: { type: 'string' },
  homeserver: { type: 'string' },
  token: { type: 'string' },
  bot: { type: 'string' },
  room: { type: 'string' },
  thread: { type: 'string' },
  event: { type: 'string' },
  limit: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

type Values = ReturnType<typeof parse>['values'];

function parse(argv: string[]) {
  return parseArgs({ args: argv, allowPositionals: true, options });
}

/** `ferry room`. @returns the exit status. @throws UsageError. */
export async function roomCommand(argv: string[]): Promise<number> {
  const { values, positionals } = parse(argv);
  if (values.help) {
    process.stdout.write(help);
    return exit.done;
  }
  const [verb, ...rest] = positionals;
  checkOptions(values, verb);
  const act = verb === undefined ? live : verbOf(verb, rest, values);
  try {
    const world = await reach(values);
    const user = userOf(world, world.me);
    const name = values.room ?? (values.dir === undefined ? undefined : 'work');
    if (name === undefined) throw new UsageError('which room? --room "#room:server"');
    return await act({ world, user, room: await roomOf(world, user, name), name });
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    process.stderr.write(`ferry room: ${error.message}\n`);
    return exit.failed;
  }
}

interface Place {
  readonly world: RoomWorld & { readonly me: string };
  readonly user: MatrixUser;
  readonly room: string;
  readonly name: string;
}

type Act = (place: Place) => Promise<number>;

function checkOptions(values: Values, verb: string | undefined): void {
  if (values.event !== undefined && verb !== 'react' && verb !== 'unreact') {
    throw new UsageError('--event goes with react and unreact');
  }
  if (values.thread !== undefined && verb !== 'say') throw new UsageError('--thread goes with say');
  if ((values.json || values.limit !== undefined) && verb !== 'show') {
    throw new UsageError('--json and --limit go with show');
  }
  if (values.dir !== undefined && (values.homeserver !== undefined || values.token !== undefined)) {
    throw new UsageError('--dir or --homeserver, not both');
  }
  if (values.bot !== undefined && values.homeserver === undefined) throw new UsageError('--bot goes with --homeserver');
  if (values.bot !== undefined && !/^@[^:\s]+:\S+$/.test(values.bot))
    throw new UsageError(`--bot takes an account like @ferry:example.org, not ${JSON.stringify(values.bot)}`);
  if (values.as !== undefined && values.dir === undefined) throw new UsageError('--as goes with --dir');
}

async function reach(values: Values): Promise<RoomWorld & { readonly me: string }> {
  if (values.dir !== undefined) return { ...readWorld(values.dir), me: values.as ?? 'alice' };
  const token = values.token ?? process.env.FERRY_ROOM_TOKEN;
  if (values.homeserver === undefined) throw new UsageError('where? --dir D, or --homeserver U with --token T');
  if (token === undefined) throw new UsageError('--homeserver needs --token T, or FERRY_ROOM_TOKEN in the environment');
  return worldOf(values.homeserver, token, values.bot);
}

function verbOf(verb: string, rest: readonly string[], values: Values): Act {
  switch (verb) {
    case 'say': {
      const text = rest.join(' ');
      if (text.trim() === '') throw new UsageError('say what? ferry room say "!status"');
      return async ({ user, room }) => printed(await user.say(room, text, values.thread));
    }
    case 'react':
    case 'unreact': {
      const [emoji, more] = rest;
      if (emoji === undefined || more !== undefined)
        throw new UsageError(`${verb} takes one emoji: ferry room ${verb} ✅`);
      return async ({ world, user, room }) => {
        const event = values.event ?? (await newestRequest(user, { room, bot: world.bot }, verb, emoji)).id;
        return printed(await user[verb](room, event, emoji));
      };
    }
    case 'show': {
      if (rest.length > 0) throw new UsageError(`"${rest[0]}" is one argument too many: see ferry room --help`);
      const limit = Number(values.limit ?? '5000');
      if (!Number.isInteger(limit) || limit < 1) throw new UsageError('--limit takes a whole number above 0');
      return async ({ world, user, room }) => {
        const look = { width: process.stdout.columns ?? 100, colour: ownTerminal().colour };
        const lines = values.json
          ? await showJson(user, { room, bot: world.bot }, limit)
          : await showText(user, room, limit, look);
        return lines.length === 0 ? exit.done : printed(lines.join('\n'));
      };
    }
    default:
      throw new UsageError(`there is no ${JSON.stringify(verb)}: say, react, unreact or show`);
  }
}

function printed(text: string): number {
  process.stdout.write(`${text}\n`);
  return exit.done;
}

async function live({ world, name }: Place): Promise<number> {
  const session = new RoomSession({
    world,
    person: world.me,
    room: name,
    ...ownTerminal(),
  });
  const ending = new AbortController();
  const end = () => ending.abort();
  process.once('SIGINT', end).once('SIGTERM', end);
  try {
    await session.run(ending.signal);
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end);
  }
  return exit.done;
}
