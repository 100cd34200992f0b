import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededTargets } from '#sim/ec2/seeded-targets.ts';
import { type Simulator, startSimulator } from '#sim/simulator.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/simulator.md'), 'utf8');
const section = (title: string) =>
  page.split(/^#{2,3} /m).find(one => one.startsWith(`${title}\n`)) ?? `no section ${title}`;
const named = (title: string) => [...section(title).matchAll(/`([A-Za-z0-9-]+)`/g)].map(([, name]) => name);
const rows = (title: string) => [...section(title).matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name);

describe('docs/simulator.md', () => {
  let dir: string;
  let simulator: Simulator;
  let control: string;
  let world: Record<string, unknown>;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'ferry-sim-docs-'));
    simulator = await startSimulator({ dir, speed: 'max' });
    world = JSON.parse(readFileSync(join(dir, 'world.json'), 'utf8'));
    control = String(world.control);
  });
  afterAll(async () => {
    await simulator.stop();
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  });

  const get = async (path: string) => (await (await fetch(`${control}${path}`)).json()) as Record<string, unknown>;
  const send = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${control}${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
  };

  it('lists the files of the folder', () => {
    for (const name of readdirSync(dir)) expect(section('The folder')).toMatch(new RegExp(`\`${name}/?\``));
  });

  it('lists the fields of world.json, no more and no less', () => {
    expect(rows('world.json')).toEqual(Object.keys(world));
    const inner = named('world.json');
    for (const field of ['aws', 'ssh', 'rooms']) {
      expect(inner).toEqual(expect.arrayContaining(Object.keys(world[field] as object)));
    }
    const people = world.people as Record<string, object>;
    expect(inner).toEqual(expect.arrayContaining(Object.keys(people.alice ?? {})));
    for (const name of Object.keys(people)) expect(section('world.json')).toContain(name);
    for (const host of Object.values(world.hosts as Record<string, object>)) {
      expect(inner).toEqual(expect.arrayContaining(Object.keys(host)));
    }
  });

  it('names what GET /_sim/world shows', async () => {
    const shown = await get('/_sim/world');
    const names = named('GET /_sim/world');
    expect(names).toEqual(expect.arrayContaining(Object.keys(shown)));
    const [host] = Object.values(shown.hosts as Record<string, object>);
    const [room] = shown.rooms as object[];
    const there = new Set([
      ...Object.keys(shown),
      ...Object.keys(host ?? {}),
      ...Object.keys(room ?? {}),
      'active',
      'enabled',
    ]);
    expect(names.filter(name => !there.has(name ?? ''))).toEqual([]);
  });

  it('lists every kind of fault and every service', async () => {
    const wrong = await send('POST', '/_sim/faults', { match: { service: 'x' }, kind: 'x' });
    expect(wrong.status).toBe(400);
    const offered = [...String(wrong.body.error).matchAll(/"([a-z0-9-]+)"/g)].map(([, name]) => name);
    expect(named('POST /_sim/faults')).toEqual(expect.arrayContaining(offered));
    for (const kind of rows('POST /_sim/faults')) {
      const more = kind === 'answer' ? { answer: { status: 502, body: 'away' } } : {};
      const match = { service: kind === 'answer' ? 'matrix' : 'ec2', contains: 'nothing' };
      const added = await send('POST', '/_sim/faults', { match, kind, ...more });
      expect(added, kind).toEqual({ status: 200, body: { id: expect.any(Number) } });
      expect((await send('DELETE', `/_sim/faults/${String(added.body.id)}`)).body).toEqual({ removed: true });
    }
  });

  it('heads every control as it is called', async () => {
    const controls = [...page.matchAll(/^### (GET|POST|DELETE) (\S+)$/gm)].map(([, method = '', path = '']) => ({
      method,
      path: path
        .replace('NAME', 'mallory')
        .replace('ID', '99')
        .replace('INSTANCE', seededTargets['copr-fe-dev'].instance),
    }));
    expect(controls).toHaveLength(11);
    for (const { method, path } of controls) {
      const bodies: Record<string, unknown> = { speed: { speed: 'max' }, limit: { perSecond: 100, burst: 100 } };
      const body = bodies[path.split('/')[2] ?? ''];
      const { status } = await send(method, path, body);
      expect(status === 404, `${method} ${path}`).toBe(false);
    }
    expect((await send('GET', '/_sim/nothing')).status).toBe(404);
  });

  it('says what an effect and a fault look like', async () => {
    await send('POST', '/_sim/deactivate/dan');
    const effects = (await get('/_sim/effects')) as unknown as object[];
    expect(named('GET /_sim/effects')).toEqual(expect.arrayContaining(Object.keys(effects.at(-1) ?? {})));
    await send('POST', '/_sim/faults', { match: { service: 'ec2', contains: 'nothing' }, kind: 'fail' });
    const [fault] = (await get('/_sim/faults')) as unknown as object[];
    expect(named('GET /_sim/faults')).toEqual(Object.keys(fault ?? {}));
  });
});
