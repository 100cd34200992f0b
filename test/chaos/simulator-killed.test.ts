import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, expect, it, vi } from 'vitest';
import { autoPlay } from '#cli/demo/auto-play.ts';
import { BotProcess } from '#cli/demo/bot-process.ts';
import { problemsAfter } from '#cli/demo/check-world.ts';
import type { WorldView } from '#cli/demo/world-view.ts';
import { readWorld } from '#cli/room/room-world.ts';
import { fold } from '#core/fold.ts';
import { entriesIn } from '#test/builders/journal-key.ts';
import { MirrorWatch } from './mirror-watch.ts';
import { placeOfEntry } from './place.ts';

const main = join(import.meta.dirname, '../../src/main.ts');
const backend = { name: 'copr-be-dev', instanceName: 'copr-backend-dev' };
const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

/** The simulator as a process of its own on a folder, once it is ready. */
async function startSim(dir: string): Promise<ChildProcess> {
  const args = ['--pdeathsig', 'KILL', '--', process.execPath, main, 'sim', '--dir', dir, '--speed', 'max'];
  const child = spawn('setpriv', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  stops.push(() => child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) if (line === 'ready') return child;
  throw new Error('the simulator ended');
}

async function worldOf(dir: string): Promise<WorldView> {
  const { control } = JSON.parse(readFileSync(join(dir, 'world.json'), 'utf8')) as { control: string };
  return (await (await fetch(`${control}/_sim/world`)).json()) as WorldView;
}

it('a run goes on when the whole world around it is killed and comes back, chat included', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'ferry-sim-killed-'));
  stops.push(() => rmSync(dir, { recursive: true, force: true, maxRetries: 5 }));
  let sim = await startSim(dir);
  const before = await worldOf(dir);
  let gone = false;
  const mirror = join(dir, 'state', 'journal');
  const watch = new MirrorWatch(mirror, entry => {
    if (gone || placeOfEntry(entry) !== 'entry made copr-be-dev/detach-data/2') return;
    gone = true;
    sim.kill('SIGKILL');
  });
  stops.push(() => watch.stop());
  const bot = new BotProcess(dir);
  stops.push(() => bot.stop());
  await bot.start();
  const signal = AbortSignal.timeout(100_000);
  const played = autoPlay({ world: readWorld(dir), say: `!upgrade ${backend.name}`, print: () => {}, signal });
  // The people's own connection breaks too; all is approved and started by then, so nobody needs to speak.
  await expect(played).rejects.toThrow();
  if (sim.exitCode === null && sim.signalCode === null) await once(sim, 'exit');
  expect(gone).toBe(true);
  sim = await startSim(dir);
  // Somebody is there again, who ends the settle window.
  const goesOn = autoPlay({ world: readWorld(dir), say: '!status', print: () => {}, signal });
  await goesOn;
  await vi.waitFor(
    () => {
      const entries = entriesIn(mirror, 'dev-1');
      expect(entries.filter(entry => entry.type === 'halted')).toEqual([]);
      expect(fold(entries).ended?.outcome).toBe('done');
    },
    { timeout: 100_000, interval: 100 },
  );
  expect(problemsAfter(before, await worldOf(dir), [backend])).toEqual([]);
}, 240_000);
