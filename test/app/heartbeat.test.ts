import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { heartbeat } from '../../src/app/heartbeat.ts';

describe('the heartbeat', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'ferry-heart-'));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  it('writes its file once the store answered, and ends with the signal', async () => {
    const stop = new AbortController();
    const file = join(dir, 'alive');
    const beating = heartbeat(file, () => Promise.resolve('PONG'), stop.signal);
    await expect.poll(() => existsSync(file)).toBe(true);
    stop.abort();
    await beating;
  });

  it('ends with the signal while the store never answers', async () => {
    const stop = new AbortController();
    const beating = heartbeat(join(dir, 'waiting'), () => new Promise(() => {}), stop.signal);
    stop.abort();
    await beating;
    expect(existsSync(join(dir, 'waiting'))).toBe(false);
  });

  it('leaves its file alone when the store fails', async () => {
    const stop = new AbortController();
    const file = join(dir, 'dead');
    let asked = 0;
    const prove = () => {
      asked += 1;
      return Promise.reject(new Error('away'));
    };
    const beating = heartbeat(file, prove, stop.signal);
    await expect.poll(() => asked).toBe(1);
    stop.abort();
    await beating;
    expect(existsSync(file)).toBe(false);
  });
});
