import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { findRedisServer, onPath } from '#adapters/embedded-redis/find-server.ts';
import { claimNote } from '#adapters/redis-journal/claim-note.ts';
import { openStore } from '#cli/open-store.ts';
import { missingRedis } from '#test/peers/redis.ts';
import { freePort, makeKey } from '#test/peers/sshd.ts';

const root = join(import.meta.dirname, '../..');
const path = process.env.PATH ?? '';
const missing = await missingRedis();
const linux = onPath('setpriv', path) !== undefined && onPath('flock', path) !== undefined;

/** A process of Ferry, and what it said. */
interface Ferry {
  readonly child: ChildProcess;
  said(): string;
  /** Exit status, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
}

describe.skipIf(missing !== undefined || !linux)('a process that is told to stop', { timeout: 120_000 }, () => {
  let dir: string;
  let children: ChildProcess[];
  let deaf: Server | undefined;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'ferry-ending-'));
    children = [];
    cpSync(join(root, 'estate.example.yaml'), join(dir, 'estate.yaml'));
    makeKey(join(dir, 'key'));
  });
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    deaf?.close();
    await vi.waitFor(() => rmSync(dir, { recursive: true, force: true }), { timeout: 10_000 });
  });

  function started(redisUrl?: string): Ferry {
    const lines = ['FERRY_ESTATE=estate.yaml', 'FERRY_STATE=state', 'FERRY_SSH_KEY_FILE=key'];
    lines.push('AWS_ACCESS_KEY_ID=nobody', 'AWS_SECRET_ACCESS_KEY=nothing');
    if (redisUrl !== undefined) lines.push(`REDIS_URL=${redisUrl}`);
    writeFileSync(join(dir, 'ferry.env'), `${lines.join('\n')}\n`, { mode: 0o600 });
    const argv = [join(root, 'src/main.ts'), 'worker', '--env-file', join(dir, 'ferry.env')];
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'ignore', 'pipe'] });
    children.push(child);
    let said = '';
    child.stderr?.on('data', chunk => {
      said += String(chunk);
    });
    return { child, said: () => said, ended: once(child, 'exit').then(([code, signal]) => code ?? signal) };
  }
  async function ready(redisUrl?: string): Promise<Ferry> {
    const ferry = started(redisUrl);
    await vi.waitFor(() => expect(ferry.said()).toMatch(/^ready$/m), { timeout: 60_000, interval: 50 });
    return ferry;
  }
  /** A store whose bot has the chat account: otherwise nothing is moved, and nothing has to end. */
  async function movesRuns(redisUrl?: string): Promise<void> {
    const at = { redisUrl, state: join(dir, 'state'), path, starts: true, onError: () => undefined };
    const { redis, key, id, close } = await openStore(at);
    await claimNote(redis, key, id).set(true);
    await close();
  }
  const serverNow = () => JSON.parse(readFileSync(join(dir, 'state/redis/owner.json'), 'utf8')) as { server: number };
  /** A Redis of somebody else's, on a port. */
  async function givenRedis(): Promise<{ url: string; child: ChildProcess }> {
    const port = await freePort();
    const server = await findRedisServer(path, () => {});
    const argv = ['--port', String(port), '--bind', '127.0.0.1', '--dir', dir, '--save', '', '--logfile', 'log'];
    argv.push('--appendonly', 'yes', '--appendfsync', 'always', '--maxmemory-policy', 'noeviction');
    const child = spawn(server, argv, { stdio: 'ignore' });
    children.push(child);
    return { url: `redis://127.0.0.1:${port}`, child };
  }

  it('does not start where others may read its secrets: it names the file, and the chmod', async () => {
    chmodSync(join(dir, 'key'), 0o640);
    const { ended, said } = started();
    expect(await ended).toBe(3);
    expect(said()).toContain(`${join(dir, 'key')} may be read by others than its owner (mode 0640): chmod 600 `);
  });

  it('ends in order while its store answers', async () => {
    const ferry = await ready();
    ferry.child.kill('SIGTERM');
    expect(await ferry.ended).toBe(0);
  });

  it.each([
    ['hangs', 'SIGSTOP'],
    ['is gone', 'SIGKILL'],
  ] as const)('ends all the same, with a sentence, when its Redis %s', async (_, signal) => {
    const redis = await givenRedis();
    await movesRuns(redis.url);
    const ferry = await ready(redis.url);
    redis.child.kill(signal);
    ferry.child.kill('SIGTERM');
    // One that had nothing left to ask of the store when it was told has ended in order.
    const inOrder = (await ferry.ended) === 0 && signal === 'SIGKILL';
    if (!inOrder) {
      expect(await ferry.ended).toBe(1);
      expect(ferry.said()).toContain('told to stop, and the store does not answer: ended at once');
    }
    redis.child.kill('SIGKILL');
  });

  it('ends all the same, with a sentence, when its embedded Redis hangs', async () => {
    await movesRuns();
    const ferry = await ready();
    process.kill(serverNow().server, 'SIGSTOP');
    ferry.child.kill('SIGTERM');
    expect(await ferry.ended).toBe(1);
    expect(ferry.said()).toContain('told to stop, and the store does not answer: ended at once');
  });

  it('ends at once while it waits for a Redis that takes connections and says nothing', async () => {
    deaf = createServer().listen(0, '127.0.0.1');
    await once(deaf, 'listening');
    const heard = once(deaf, 'connection');
    const ferry = started(`redis://127.0.0.1:${portOf(deaf)}`);
    await heard;
    ferry.child.kill('SIGTERM');
    expect(await ferry.ended).toBe('SIGTERM');
  });

  it('need not be told where no Redis answers at the start: it ends with a sentence', async () => {
    deaf = createServer().listen(0, '127.0.0.1');
    await once(deaf, 'listening');
    const [silent, nobody] = [started(`redis://127.0.0.1:${portOf(deaf)}`), started('redis://127.0.0.1:1')];
    expect(await Promise.all([silent.ended, nobody.ended])).toEqual([3, 3]);
    for (const ferry of [silent, nobody]) expect(ferry.said()).toContain('REDIS_URL: no Redis answers there');
  });

  it('takes over the embedded Redis of one that is killed, and ends in order', async () => {
    const first = await ready();
    const before = serverNow().server;
    const second = await ready();
    first.child.kill('SIGKILL');
    await vi.waitFor(() => expect(serverNow().server).not.toBe(before), { timeout: 30_000, interval: 50 });
    second.child.kill('SIGTERM');
    expect(await second.ended).toBe(0);
  });
});

function portOf(server: Server): number {
  return (server.address() as { port: number }).port;
}
