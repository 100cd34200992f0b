import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Simulator } from '#sim/simulator.ts';
import { startBot } from './bot.ts';
import { People } from './people.ts';
import { inMs, percentile, type Row } from './row.ts';
import { withSimulator } from './with-simulator.ts';

const starts = 5;
const kills = 5;

/** `ferry start` as a process: how soon it listens, what it holds while idle, and how soon it goes on after `kill -9`. */
export async function botProcess(): Promise<Row[]> {
  return [...(await withSimulator('max', startAndIdle)), ...(await withSimulator(10, killAndGoOn))];
}

async function startAndIdle({ dir }: Simulator): Promise<Row[]> {
  rmSync(join(import.meta.dirname, '../node_modules/.cache/ferry'), { recursive: true, force: true });
  const first = await startBot(dir);
  await first.end('SIGTERM');
  const ready: number[] = [];
  let memory = 0;
  for (let at = 0; at < starts; at += 1) {
    const bot = await startBot(dir);
    ready.push(bot.readyMs);
    if (at === starts - 1) {
      await pause(20_000);
      memory = bot.memory();
    }
    await bot.end('SIGTERM');
  }
  return [
    { what: 'ferry start to ready, the very first (no compile cache)', value: inMs(first.readyMs) },
    { what: `ferry start to ready, p50 of ${starts}`, value: inMs(percentile(ready, 0.5)), goal: 'at most 1,500 ms' },
    { what: 'resident memory of the idle bot', value: `${Math.round(memory)} MB`, goal: 'at most 150 MB' },
  ];
}

/** The first call of the new process at EC2, a host or git is the run moving again. It waits for the lease to run out. */
async function killAndGoOn({ dir, kernel }: Simulator): Promise<Row[]> {
  const calls = () => kernel.calls.filter(call => ['ec2', 'ssh', 'git'].includes(call.service)).length;
  const more = async (than: number) => {
    while (calls() <= than) await pause(5);
  };
  let bot = await startBot(dir);
  const took: number[] = [];
  try {
    await (await People.in(dir)).says('!upgrade copr-be-dev');
    await more(20);
    for (let at = 0; at < kills; at += 1) {
      await pause(1_000 + 137 * at);
      const begun = performance.now();
      await bot.end('SIGKILL');
      const before = calls();
      bot = await startBot(dir);
      await more(before);
      took.push(performance.now() - begun);
    }
    return [
      { what: `kill -9 to moving again, p50 of ${kills}`, value: inMs(percentile(took, 0.5)) },
      { what: 'kill -9 to moving again, the slowest', value: inMs(Math.max(...took)), goal: 'at most 3,000 ms' },
      { what: 'resident memory of a bot that moves a run', value: `${Math.round(bot.memory())} MB` },
    ];
  } finally {
    await bot.end('SIGTERM');
  }
}
