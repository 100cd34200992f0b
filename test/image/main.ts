import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { autoPlay } from '#cli/demo/auto-play.ts';
import { readWorld } from '#cli/room/room-world.ts';
import { startSimulator } from '#sim/simulator.ts';
import { aptInstall } from '../peers/apt.ts';
import { freePort } from '../peers/sshd.ts';
import { buildImage, type Image } from './build-image.ts';
import { type Mounts, outcomeOf, runInImage } from './run-image.ts';

/**
 * `npm run image`: builds the Dockerfile and runs the image as README.md says, read-only, as its user, through an upgrade on
 * the simulator. Root on Debian only; some minutes.
 */
const problems: string[] = [];
const see = (good: boolean, what: string) => {
  console.log(`${good ? 'ok  ' : 'FAIL'} ${what}`);
  if (!good) problems.push(what);
};

/** Its user, of Node's image. */
const uid = 1000;

function seeFiles({ files, config, mb }: Image): void {
  see(mb.image - mb.base < 300, `${mb.image} MB, of which Debian and Node ${mb.base}`);
  see(config.User === 'node', `user ${config.User}`);
  see(!config.Env.some(one => /TOKEN|SECRET|PASSWORD|KEY/.test(one)), `environment ${config.Env.join(' ')}`);
  const ours = readdirSync(join(files, 'opt/ferry')).sort().join(' ');
  const wanted = 'commands estate.example.yaml jobs node_modules package.json packages src';
  see(ours === wanted, `/opt/ferry holds ${ours}`);
  const packages = readdirSync(join(files, 'opt/ferry/node_modules'));
  const idle = ['vitest', 'typescript', '@biomejs', 'fast-check', '.cache'].filter(name => packages.includes(name));
  see(idle.length === 0, `packages that only tests need: ${idle.join(' ') || 'none'}`);
}

async function seeRuns(image: Image, mounts: Mounts, variables: readonly string[]): Promise<void> {
  const shell = (script: string) => outcomeOf(runInImage(image, mounts, ['sh', '-c', script]));
  const ferry = [...image.config.Entrypoint];
  const help = await outcomeOf(runInImage(image, mounts, [...ferry, '--help']));
  see(help.code === 0 && help.said.includes('Usage: ferry'), 'ferry --help');
  const write = await shell(
    'id -u; for d in / /opt/ferry /etc/ferry /home/node; do touch $d/x && echo "wrote $d"; done',
  );
  see(
    write.said.startsWith(`${uid}\n`) && !write.said.includes('wrote'),
    'it may write nowhere but its state and /tmp',
  );
  const [, ...health] = image.config.Healthcheck.Test;
  const healthy = async () => (await outcomeOf(runInImage(image, mounts, health))).code === 0;
  see(!(await healthy()), 'not healthy before it runs');
  const bot = runInImage(image, mounts, [...ferry, 'start'], variables);
  const ended = outcomeOf(bot);
  // What was said in the room before it listens is the past to it.
  const ready = new Promise<boolean>(resolve => {
    bot.stderr?.on('data', (chunk: Buffer) => /^ready$/m.test(chunk.toString()) && resolve(true));
    bot.once('exit', () => resolve(false));
  });
  const over = new AbortController();
  try {
    see(await ready, 'ferry start says ready');
    for (let tries = 0; bot.exitCode === null && tries < 60 && !(await healthy()); tries += 1) await sleep(1_000);
    see(await healthy(), 'healthy once it runs');
    const world = readWorld(mounts.world);
    const say = '!upgrade copr-be-dev';
    const played = await autoPlay({ world, say, print: () => {}, signal: over.signal });
    see(played.text.includes('has ended: done.'), `an upgrade: ${played.text}`);
  } finally {
    over.abort();
    // unshare is process 1's parent: the signal goes to what it forked, as an engine's does.
    const [inner] = readFileSync(`/proc/${bot.pid}/task/${bot.pid}/children`, 'utf8').split(' ');
    if (inner) process.kill(Number(inner), 'SIGTERM');
    await Promise.race([ended, sleep(60_000, undefined, { ref: false })]);
    bot.kill('SIGKILL');
  }
  const { code, said } = await ended;
  see(code === 0, `SIGTERM ends it in order: ${code === 0 ? 'exit 0' : said}`);
  const old = new Date(Date.now() - 120_000);
  utimesSync(join(mounts.state, 'alive'), old, old);
  see(!(await healthy()), 'not healthy two minutes after its last beat');
}

/** The variables of a simulator's folder, as a container gets them: each path under /etc/ferry, the state where the image has it. */
function variablesOf(world: string, redis: number): string[] {
  const lines = readFileSync(join(world, 'ferry.env'), 'utf8').trim().split('\n');
  const inside = lines
    .filter(line => !/^FERRY_(?:STATE|ESTATE)=/.test(line))
    .map(line => line.replace(/^(\w+_FILE)=/, '$1=/etc/ferry/'));
  return [...inside, `REDIS_URL=redis://127.0.0.1:${redis}`];
}

function give(folder: string): void {
  chownSync(folder, uid, uid);
  for (const one of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    chownSync(join(one.parentPath, one.name), uid, uid);
  }
}

async function main(): Promise<void> {
  if (!aptInstall('redis-server')) throw new Error('redis-server is needed: root on Debian');
  const dir = mkdtempSync(join(tmpdir(), 'ferry-image-'));
  const [world, state, store] = ['world', 'state', 'store'].map(name => join(dir, name)) as [string, string, string];
  for (const folder of [world, state, store]) mkdirSync(folder, { mode: 0o700 });
  const image = buildImage();
  const simulator = await startSimulator({ dir: world, speed: 30 });
  const port = await freePort();
  const durable = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', '', '--dir', store];
  const redis = spawn(
    'setpriv',
    ['--pdeathsig', 'KILL', '--', 'redis-server', '--bind', '127.0.0.1', '--port', `${port}`, ...durable],
    { stdio: 'ignore' },
  );
  try {
    give(world);
    give(state);
    seeFiles(image);
    await seeRuns(image, { state, world }, variablesOf(world, port));
  } finally {
    redis.kill('SIGKILL');
    await once(redis, 'exit');
    await simulator.stop();
    image.remove();
    rmSync(dir, { recursive: true, force: true });
  }
}

await main();
console.log(problems.length === 0 ? '\nThe image is as it should be.' : `\n${problems.length} problems.`);
process.exitCode = problems.length === 0 ? 0 : 1;
