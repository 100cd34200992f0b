import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Refused } from '#core/errors.ts';
import { UsageError } from '../subcommand.ts';
import { MatrixUser } from './matrix-user.ts';
import { type Fields, fieldsOf, localPart, textOf } from './room-model.ts';

/** Who can speak, and where. */
export interface RoomWorld {
  readonly homeserver: string;
  /** The bot's account, where it is known: only its requests are requests. */
  readonly bot: string | undefined;
  /** Room ids by short name ("work"). */
  readonly rooms: Readonly<Record<string, string>>;
  /** Access tokens by person. */
  readonly tokens: Readonly<Record<string, string>>;
}

/** Reads `world.json` of a simulator's folder. @throws Refused when it isn't there or isn't one. */
export function readWorld(dir: string): RoomWorld {
  const file = join(dir, 'world.json');
  let world: Fields;
  try {
    world = fieldsOf(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    const absent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new Refused(
      'room-no-world',
      absent
        ? `There is no ${file}: start the simulator there first (ferry sim --dir ${dir}).`
        : `${file} is not JSON.`,
    );
  }
  const homeserver = textOf(world.homeserver);
  if (homeserver === undefined) throw new Refused('room-no-world', `${file} names no homeserver.`);
  const texts = (value: unknown, pick: (one: unknown) => string | undefined) =>
    Object.fromEntries(
      Object.entries(fieldsOf(value)).flatMap(([key, one]) => {
        const text = pick(one);
        return text === undefined ? [] : [[key, text]];
      }),
    );
  return {
    homeserver,
    bot: textOf(fieldsOf(world.bot).userId),
    rooms: texts(world.rooms, textOf),
    tokens: texts(world.people, person => textOf(fieldsOf(person).accessToken)),
  };
}

/** The world of one account on any homeserver. */
export async function worldOf(
  homeserver: string,
  token: string,
  bot: string | undefined,
): Promise<RoomWorld & { readonly me: string }> {
  if (!/^https?:\/\/[^\s/]+/.test(homeserver)) {
    throw new UsageError(
      `--homeserver takes an address like https://matrix.example.org, not ${JSON.stringify(homeserver)}`,
    );
  }
  const me = localPart(await new MatrixUser(homeserver, token).whoAmI());
  return { homeserver, bot, rooms: {}, tokens: { [me]: token }, me };
}

/** A person's account. @throws UsageError naming who there is. */
export function userOf(world: RoomWorld, person: string): MatrixUser {
  const token = Object.hasOwn(world.tokens, person) ? world.tokens[person] : undefined;
  if (token === undefined) {
    throw new UsageError(`there is no ${JSON.stringify(person)} here: ${Object.keys(world.tokens).join(', ')}`);
  }
  return new MatrixUser(world.homeserver, token);
}

/** A room's id by short name, id or alias. @throws UsageError naming the rooms there are. */
export async function roomOf(world: RoomWorld, user: MatrixUser, name: string): Promise<string> {
  const known = Object.hasOwn(world.rooms, name) ? world.rooms[name] : undefined;
  if (known !== undefined) return known;
  if (/^[!#]/.test(name)) return user.room(name);
  const names = Object.keys(world.rooms);
  const others = names.length === 0 ? 'give an alias (#room:server) or an id' : `there are ${names.join(', ')}`;
  throw new UsageError(`there is no room ${JSON.stringify(name)}: ${others}`);
}
