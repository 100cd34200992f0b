import { readMirror } from '#adapters/mirror/read-mirror.ts';
import { type Comparison, compareStore } from '#adapters/redis-journal/compare-store.ts';
import { redisJournal } from '#adapters/redis-journal/redis-journal.ts';
import { Halt } from '#core/errors.ts';
import type { OpenStore } from './open-store.ts';
import { exit } from './subcommand.ts';

/**
 * Seals the journals of before there were seals, each by one more entry whose chain leads to all the others. All of them or
 * none; doing it again finds them sealed.
 *
 * @throws Halt `journal-not-whole` when one isn't as its mirror has it: nothing was sealed.
 */
export async function sealJournal(store: OpenStore): Promise<number> {
  const runs = await store.mirror.runs();
  const all: Comparison[] = [];
  for (const run of runs) all.push(await compareStore(store, run));
  const problems = all.flatMap(one => whatIsWrong(store, one));
  if (problems.length > 0) {
    throw new Halt('journal-not-whole', `nothing was sealed:\n${problems.join('\n')}`);
  }
  const old = all.filter(one => one.old);
  const journal = redisJournal(store);
  try {
    for (const { run, mirrored } of old) {
      const head = { seq: mirrored.length, hash: mirrored.at(-1)?.hash ?? '' };
      const appended = await journal.append(run, head, [{ type: 'sealed' }]);
      if (!appended.ok) throw new Halt('store-in-use', `${run} went on meanwhile: stop every Ferry, then seal again`);
      process.stdout.write(`${run}: ${mirrored.length} ${mirrored.length === 1 ? 'entry' : 'entries'} sealed\n`);
    }
  } finally {
    journal.close();
  }
  process.stdout.write(`${old.length} sealed, ${all.length - old.length} sealed already\n`);
  return exit.done;
}

function whatIsWrong(store: OpenStore, { run, mirrored, stored, differsAt, unsealedAt, old }: Comparison): string[] {
  const { beyond } = readMirror(store.mirrorDir, run);
  if (beyond.length > 0) return [`${run}: the mirror lacks entry ${mirrored.length + 1}, though more are there`];
  if (differsAt !== undefined) return [`${run}: entry ${differsAt} in the store is not the one that was mirrored`];
  if (!old) {
    return unsealedAt === undefined
      ? []
      : [`${run}: entry ${unsealedAt} doesn't bear the journal's seal, though others do: somebody wrote it since`];
  }
  if (stored.length < mirrored.length) {
    return [`${run}: the store has only ${stored.length} of ${mirrored.length} entries: "ferry journal restore" first`];
  }
  // Of the mirror whoever can write to the store knows nothing.
  if (stored.length > mirrored.length) {
    return [
      `${run}: the store has ${stored.length} entries, the mirror ${mirrored.length}: nobody can say who wrote the rest. Move the run on with the Ferry of before, or remove it`,
    ];
  }
  return [];
}
