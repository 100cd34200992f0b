import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { askRedis } from '#adapters/embedded-redis/ask-redis.ts';
import { type EmbeddedRedis, embeddedRedis } from '#adapters/embedded-redis/embedded-redis.ts';
import { findGit, findRedisServer, onPath } from '#adapters/embedded-redis/find-server.ts';
import { connectRedis, redisProblems } from '#adapters/redis-journal/connect-redis.ts';
import { missingRedis } from '#test/peers/redis.ts';

const path = process.env.PATH ?? '';
const missing = await missingRedis();
if (missing !== undefined) console.warn(`skipped: ${missing}`);
const linux = onPath('setpriv', path) !== undefined && onPath('flock', path) !== undefined;

let folder: string;
let servers: EmbeddedRedis[];
let children: ChildProcess[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ferry-embedded-'));
  servers = [];
  children = [];
});
afterEach(async () => {
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(servers.map(server => server.stop()));
  rmSync(folder, { recursive: true, force: true });
});

const start = async (dir = join(folder, 'redis')) => {
  const server = await embeddedRedis({ dir, path, say: () => {} });
  servers.push(server);
  return server;
};
/** A dead process that nobody has waited for yet (no init in a container) is dead. */
const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
};
/** Another process that starts one in the same folder and stays. @returns pids: the process and its server. */
const startElsewhere = async (dir: string): Promise<{ ferry: ChildProcess; server: number }> => {
  const module = resolve('src/adapters/embedded-redis/embedded-redis.ts');
  const program = `
    const { embeddedRedis } = await import(${JSON.stringify(module)});
    const redis = await embeddedRedis({ dir: ${JSON.stringify(dir)}, path: process.env.PATH, say() {} });
    console.log(redis.pid);
    setInterval(() => {}, 1000);`;
  const ferry = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(ferry);
  const said = await new Promise<string>(resolved => ferry.stdout?.once('data', data => resolved(String(data))));
  return { ferry, server: Number(said) };
};

describe.skipIf(missing !== undefined)('the embedded Redis', () => {
  it.runIf(linux)(
    'is in a process group of its own: Ctrl-C in a terminal is for Ferry, which ends it last',
    async () => {
      const groupOf = (pid: number) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ')[2];
      const { pid } = await start();
      expect(groupOf(pid)).toBe(String(pid));
      expect(groupOf(process.pid)).not.toBe(String(pid));
    },
  );

  it('answers on its socket, keeps each write, and is gone after its stop', async () => {
    const server = await start();
    const client = connectRedis(server.socket, () => {});
    expect(await redisProblems(client)).toEqual([]);
    await client.set('key', 'kept');
    expect(await client.config('GET', 'port')).toEqual(['port', '0']);
    client.disconnect();
    await server.stop();
    expect(isAlive(server.pid)).toBe(false);

    const again = await start();
    const other = connectRedis(again.socket, () => {});
    expect(await other.get('key')).toBe('kept');
    other.disconnect();
  });

  it('starts again at once in the same folder, many times', async () => {
    for (let i = 1; i <= 10; i += 1) {
      const server = await start();
      const client = connectRedis(server.socket, () => {});
      expect(await client.incr('starts')).toBe(i);
      client.disconnect();
      await server.stop();
    }
  });

  it('is reachable in a folder whose path is too long for a socket', async () => {
    const deep = join(folder, 'a'.repeat(60), 'b'.repeat(60), 'redis');
    const server = await start(deep);
    expect(Buffer.byteLength(server.socket)).toBeLessThan(108);
    expect(await askRedis(server.socket, 'PING')).toBe('+PONG\r\n');
    await server.stop();
    expect(existsSync(join(server.socket, '..', '..'))).toBe(false);
  });

  it('is one in a folder: the second that starts shares it', async () => {
    const both = await Promise.all([start(), start(), start()]);
    expect(new Set(both.map(server => server.pid)).size).toBe(1);
    expect(both.filter(server => server.own)).toHaveLength(1);
    await both.find(server => !server.own)!.stop();
    expect(isAlive(both[0]!.pid)).toBe(true);
  });

  it.skipIf(!linux)('dies with a Ferry that is killed, and the next starts where it was', async () => {
    const dir = join(folder, 'redis');
    for (let i = 0; i < 3; i += 1) {
      const { ferry, server } = await startElsewhere(dir);
      const gone = once(ferry, 'exit');
      ferry.kill('SIGKILL');
      await gone;
      // Once nobody looks after it, once a next one comes at once.
      if (i === 0) await vi.waitFor(() => expect(isAlive(server)).toBe(false), 15_000);
      const mine = await start();
      expect(mine.own).toBe(true);
      expect(mine.pid).not.toBe(server);
      expect(isAlive(server)).toBe(false);
      await mine.stop();
    }
  });

  it('shares one with a Ferry that lives', async () => {
    const { server } = await startElsewhere(join(folder, 'redis'));
    const mine = await start();
    expect(mine).toMatchObject({ pid: server, own: false });
  });

  it.skipIf(!linux)(
    'is started again, on its socket, by whoever shared it when the Ferry that ran it is gone',
    async () => {
      const { ferry, server } = await startElsewhere(join(folder, 'redis'));
      const [one, two] = [await start(), await start()];
      const client = connectRedis(one.socket, () => {});
      await client.set('key', 'kept');
      ferry.kill('SIGKILL');
      expect(await client.incr('after')).toBe(1);
      expect(await client.get('key')).toBe('kept');
      client.disconnect();
      await vi.waitFor(() => expect([one, two].filter(shared => shared.own)).toHaveLength(1), 15_000);
      await vi.waitFor(() => expect(new Set([one.pid, two.pid, server]).size).toBe(2), 15_000);
    },
  );

  it.skipIf(!linux)('that was shared and can not be started again is told as gone, with why', async () => {
    const dir = join(folder, 'redis');
    const { ferry } = await startElsewhere(dir);
    const shared = await embeddedRedis({ dir, path, say: () => {}, limitMs: 500 });
    servers.push(shared);
    rmSync(join(dir, 'appendonlydir'), { recursive: true });
    writeFileSync(join(dir, 'appendonlydir'), 'no folder');
    ferry.kill('SIGKILL');
    expect(await shared.gone).toMatch(/^the Ferry that ran it ended, and it could not be started here: .*redis\.log/s);
  });

  it.skipIf(!linux)("that hangs and is another Ferry's holds up nobody: it is said within the limit", async () => {
    const dir = join(folder, 'redis');
    const { server } = await startElsewhere(dir);
    process.kill(server, 'SIGSTOP');
    const second = embeddedRedis({ dir, path, say: () => {}, limitMs: 500 });
    await expect(second).rejects.toMatchObject({
      code: 'redis-did-not-start',
      message: expect.stringMatching(/another process holds the folder, and its Redis does not answer/),
    });
  });

  it('says why it did not start, and where to read more', async () => {
    const dir = join(folder, 'redis');
    mkdirSync(join(dir, 'redis.sock'), { recursive: true });
    const started = embeddedRedis({ dir, path, say: () => {}, limitMs: 300 });
    await expect(started).rejects.toMatchObject({
      code: 'redis-did-not-start',
      message: expect.stringContaining('.log'),
    });
  });

  it('names what makes a given Redis unfit', async () => {
    const server = await start();
    const client = connectRedis(server.socket, () => {});
    await client.config('SET', 'appendfsync', 'everysec');
    await client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    expect(await redisProblems(client)).toEqual([
      expect.stringContaining('"appendfsync everysec", Ferry needs "appendfsync always"'),
      expect.stringContaining('"maxmemory-policy allkeys-lru", Ferry needs "maxmemory-policy noeviction"'),
    ]);
    client.disconnect();
  });
});

describe('finding a server', () => {
  it('says how to install one where there is no apt-get', async () => {
    expect(readdirSync(folder)).toEqual([]);
    await expect(findRedisServer(folder, () => {})).rejects.toThrow(/apt:.*\n.*dnf:.*\n.*brew:/);
  });

  it.skipIf(process.getuid?.() !== 0 || !existsSync('/etc/debian_version'))(
    'installs one on Debian as root when it is missing, and says so',
    async () => {
      // An apt-get that fails until its lists are fresh, and then puts the server on the path.
      const apt = `#!/bin/sh
/bin/readlink /proc/$$/fd/2 >> ${folder}/heard
case "$1" in
  update) : > ${folder}/fresh;;
  install) [ -e ${folder}/fresh ] || exit 100; echo "$@" > ${folder}/asked; : > ${folder}/redis-server; /bin/chmod 755 ${folder}/redis-server;;
esac`;
      writeFileSync(join(folder, 'apt-get'), apt, { mode: 0o755 });
      const said: string[] = [];
      expect(await findRedisServer(folder, line => said.push(line))).toBe(join(folder, 'redis-server'));
      expect(readFileSync(join(folder, 'asked'), 'utf8')).toContain('-y --no-install-recommends redis-server');
      expect(said[0]).toBe('redis-server is missing: installing it with apt-get');
      // What the first try complains of is mended by the update: nobody hears it.
      const [first, ...rest] = readFileSync(join(folder, 'heard'), 'utf8').trim().split('\n');
      expect(first).toBe('/dev/null');
      expect(rest).toHaveLength(2);
      expect(rest).not.toContain('/dev/null');
    },
  );

  it('says how to install git where that is missing and nothing may be installed', async () => {
    await expect(findGit(folder, () => {})).rejects.toThrow(/apt:.*git\n.*dnf:.*\n.*brew:/);
  });

  it('never repeats a URL, which may hold a password', () => {
    expect(() => connectRedis('http://user:hunter2@host', () => {})).toThrow(/^(?!.*hunter2).*redis:\/\//);
  });
});
