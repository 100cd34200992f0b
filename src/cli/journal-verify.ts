import { readMirror } from '#adapters/mirror/read-mirror.ts';
import { compareStore } from '#adapters/redis-journal/compare-store.ts';
import { keys } from '#adapters/redis-journal/keys.ts';
import { FerryError } from '#core/errors.ts';
import type { OpenStore } from './open-store.ts';
import { exit } from './subcommand.ts';

/** Checks one run or all: a line each. @returns 4 when anything is not as it was acknowledged. */
export async function verifyJournal(store: OpenStore, run: string | undefined): Promise<number> {
  const mirrored = await store.mirror.runs();
  const all = [...new Set([...mirrored, ...(await store.redis.zrange(keys.runs, '0', '-1'))])];
  if (run !== undefined && !all.includes(run)) {
    process.stderr.write(`ferry journal: there is no run ${run}\n`);
    return exit.failed;
  }
  let problems = 0;
  for (const one of run === undefined ? all : [run]) {
    const { bad, says } = await verified(store, one);
    if (bad) problems += 1;
    process.stdout.write(`${one}: ${says}\n`);
  }
  const checked = run === undefined ? all.length : 1;
  process.stdout.write(`${checked} ${checked === 1 ? 'run' : 'runs'} checked, ${problems} not in order\n`);
  return problems === 0 ? exit.done : exit.unsafe;
}

async function verified(store: OpenStore, run: string): Promise<{ bad: boolean; says: string }> {
  try {
    const { beyond, damaged } = readMirror(store.mirrorDir, run);
    const { mirrored, stored, differsAt, unsealedAt, old } = await compareStore(store, run);
    const bad: string[] = [];
    const notes = [`${mirrored.length} entries in the mirror, their chain is whole`];
    if (beyond.length > 0) {
      bad.push(`the mirror lacks entry ${mirrored.length + 1}, though entry ${beyond[0]} and more are there`);
    }
    if (mirrored.length === 0 && unsealedAt === 1) {
      bad.push(
        'it is in the store alone, and nobody with the journal\'s key proposed it: "ferry journal restore" throws it away',
      );
    } else if (old)
      bad.push('no entry bears a seal: "ferry journal seal" seals what a Ferry wrote that sealed nothing');
    else if (unsealedAt !== undefined) {
      bad.push(`entry ${unsealedAt} doesn't bear the journal's seal: somebody wrote it who hasn't the key`);
    } else notes.push('all of it sealed');
    if (damaged > 0) notes.push(`${damaged} torn or altered lines passed over`);
    if (differsAt !== undefined) bad.push(`entry ${differsAt} in the store is not the one that was mirrored`);
    else if (stored.length < mirrored.length) {
      bad.push(
        `the store has only ${stored.length} of ${mirrored.length} entries: "ferry journal restore" rebuilds it`,
      );
    } else if (stored.length > mirrored.length) {
      notes.push(`the store has ${stored.length - mirrored.length} more, mirrored when the run is next moved`);
    } else notes.push('the store agrees');
    return { bad: bad.length > 0, says: [...bad, ...notes].join('; ') };
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    return { bad: true, says: error.message };
  }
}
