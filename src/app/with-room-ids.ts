import type { Estate } from '#estate/schema.ts';

/**
 * The same estate with every room by its id, which is what events carry.
 *
 * @param id of a room that may stand there by its alias; the alias itself as long as it isn't known.
 */
export function withRoomIds(estate: Estate, id: (room: string) => string): Estate {
  const ids = (rooms: readonly string[]) => rooms.map(id);
  const environments: Record<string, Estate['environments'][string]> = {};
  for (const environment of Object.values(estate.environments)) {
    const announce: Record<string, { rooms: string[]; mail: string[] }> = {};
    for (const [event, told] of Object.entries(environment.announce)) {
      announce[event] = { rooms: ids(told.rooms), mail: [...told.mail] };
    }
    environments[environment.name] = {
      ...environment,
      announce: announce as typeof environment.announce,
      rooms: { work: id(environment.rooms.work), tell: ids(environment.rooms.tell) },
    };
  }
  return { ...estate, environments };
}
