import type { Progress } from '#ports/progress.ts';

/** What running steps wait for, kept in this process: enough where bot and worker are one process. */
export function volatileProgress(): Progress {
  const texts = new Map<string, Record<string, string>>();
  return {
    set(run, step, text) {
      const of = texts.get(run) ?? {};
      if (text === undefined) delete of[step];
      else of[step] = text;
      if (Object.keys(of).length === 0) texts.delete(run);
      else texts.set(run, of);
    },
    read: run => Promise.resolve({ ...texts.get(run) }),
  };
}
