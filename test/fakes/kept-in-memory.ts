import type { Kept } from '#ports/kept.ts';

/** Notes that live as long as the test. */
export function keptInMemory(notes = new Map<string, string>()): Kept {
  return {
    get: async key => notes.get(key),
    set: async (key, value) => {
      if (value === undefined) notes.delete(key);
      else notes.set(key, value);
    },
    all: async prefix => Object.fromEntries([...notes].filter(([key]) => key.startsWith(prefix))),
  };
}
