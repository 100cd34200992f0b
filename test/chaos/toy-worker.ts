import { writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import { connectRedis } from '#adapters/redis-journal/connect-redis.ts';
import { moveRun } from '#engine/move-run.ts';
import { toyEngine } from '../builders/toy-engine.ts';
import { toyProcedure } from '../toy-procedure.ts';
import { toyClient } from '../toy-world.ts';

/**
 * A process that moves one toy run, to be killed. At the boundary that it is told (counted over the places before and
 * after each append and each request) it says so and stands still, all of it, until SIGKILL comes.
 *
 * Arguments: socket of Redis, folder of the mirror, URL of the toy world, run, number of the boundary (0: none).
 */
const [socket = '', mirror = '', url = '', run = '', boundary = '0'] = process.argv.slice(2);

// It is killed before it could at its end.
flushCompileCache();
let passed = 0;

function pass(place: string): void {
  passed += 1;
  if (passed !== Number(boundary)) return;
  writeSync(1, `at ${passed}: ${place}\n`);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

const { engine, close } = await toyEngine({
  redis: connectRedis(socket, () => {}),
  mirror,
  procedure: toyProcedure(toyClient(url)),
  async aroundAppend(entries, write) {
    const what = entries.map(entry => entry.type).join(', ');
    pass(`before ${what}`);
    await write();
    pass(`after ${what}`);
  },
  async aroundMake(kind, send) {
    pass(`before the request ${kind}`);
    await send();
    pass(`after the request ${kind}`);
  },
  error: text => writeSync(2, `${text}\n`),
  say: () => {},
});
await moveRun(engine, run, new AbortController().signal);
close();
