import type { Estate } from '#estate/schema.ts';

/** Least time for a connection of a command that asks once, ms. */
const connect = 15_000;

/** The same estate for a command that asks each host once: a busy host that answers late is no wrong credential. */
export function patient(estate: Estate): Estate {
  const { world } = estate.timing;
  const patiently = { ...world, connect: Math.max(world.connect, connect) };
  return { ...estate, timing: { ...estate.timing, world: patiently } };
}
