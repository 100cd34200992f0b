import type { Estate } from '#estate/schema.ts';

/** A machine that tests something else too is slow: what takes long in the pretend world must not count as trouble. */
export function patientEstate(estate: Estate, reply: number): Estate {
  const { world } = estate.timing;
  const limits = Object.fromEntries(Object.entries(world.limits).map(([name, ms]) => [name, Math.max(240_000, ms)]));
  const timing = { ...world, connect: 20_000, reply, limits: limits as typeof world.limits };
  // Tests move store time on, and the chat's clock stays: what is said then is no old command.
  const people = { ...estate.timing.people, staleCommand: 24 * 3_600_000 };
  return { ...estate, timing: { ...estate.timing, world: timing, people } };
}
