import type { Estate } from '#estate/schema.ts';

/** The same estate with every room's alias replaced by its id, which is what events carry. */
export async function withRoomIds(estate: Estate, resolve: (roomOrAlias: string) => Promise<string>): Promise<Estate> {
  const known = new Map<string, string>();
  const id = async (room: string) => {
    const found = known.get(room) ?? (await resolve(room));
    known.set(room, found);
    return found;
  };
  const ids = (rooms: readonly string[]) => Promise.all(rooms.map(id));
  const environments: Record<string, Estate['environments'][string]> = {};
  for (const environment of Object.values(estate.environments)) {
    const announce: Record<string, { rooms: string[]; mail: string[] }> = {};
    for (const [event, told] of Object.entries(environment.announce)) {
      announce[event] = { rooms: await ids(told.rooms), mail: [...told.mail] };
    }
    environments[environment.name] = {
      ...environment,
      announce: announce as typeof environment.announce,
      rooms: { work: await id(environment.rooms.work), tell: await ids(environment.rooms.tell) },
    };
  }
  return { ...estate, environments };
}
