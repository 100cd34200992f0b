import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect } from 'vitest';
import type { ToyBench } from '../builders/toy-bench.ts';
import { toyTest, useToys } from '../builders/use-toys.ts';
import { effectsPerTarget } from '../toy-procedure.ts';
import { serveToyWorld } from '../toy-world.ts';
import { seeded } from './seeded.ts';

const toys = useToys();

/** FERRY_CHAOS_SEED plays another game of the same length. */
const seed = Number(process.env.FERRY_CHAOS_SEED ?? 1);
const kills = Number(process.env.FERRY_CHAOS_KILLS ?? 20);

const script = fileURLToPath(new URL('toy-worker.ts', import.meta.url));

const children = new Set<ChildProcess>();
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
});

/** Lets a worker live until it ends, or kills it where it stands still at the boundary. @returns where that was. */
async function live(bench: ToyBench, url: string, boundary: number): Promise<string | undefined> {
  const args = [script, toys.redis().socket, bench.mirror, url, bench.run, String(boundary)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  children.add(child);
  let place: string | undefined;
  let complaints = '';
  child.stderr.on('data', chunk => {
    complaints += String(chunk);
  });
  createInterface({ input: child.stdout }).once('line', line => {
    place = line;
    child.kill('SIGKILL');
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  children.delete(child);
  expect(complaints).toBe('');
  expect(place === undefined ? code : signal).toBe(place === undefined ? 0 : 'SIGKILL');
  return place;
}

toyTest(
  `a toy run is killed ${kills} times with kill -9 and has each effect once`,
  async () => {
    const bench = await toys.propose(['pot', 'pan']);
    const world = await serveToyWorld(bench.world);
    const chance = seeded(seed);
    const places: string[] = [];
    try {
      for (let turn = 0; turn < 500 && (await bench.now()).ended === undefined; turn += 1) {
        const boundary = places.length < kills ? 1 + Math.floor(chance() * 14) : 0;
        const place = await live(bench, world.url, boundary);
        if (place === undefined) await bench.people(true);
        else places.push(place);
        await bench.leaseRunsOut();
      }
    } finally {
      await world.stop();
    }
    expect(places).toHaveLength(kills);
    expect((await bench.now()).ended?.outcome).toBe('done');
    const effects = bench.world.effects.map(effect => `${effect.action} ${JSON.stringify(effect.args)}`);
    expect(new Set(effects).size, places.join('\n')).toBe(2 * effectsPerTarget);
    expect(effects, places.join('\n')).toHaveLength(2 * effectsPerTarget);
  },
  120_000,
);
