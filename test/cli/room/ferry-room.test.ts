import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MatrixPerson } from '#test/builders/matrix-person.ts';
import { simHomeserver, type TestHomeserver } from '#test/builders/sim-homeserver.ts';

const patient = { timeout: 15_000, interval: 30 };

interface Running {
  readonly child: ChildProcess;
  out: string;
  err: string;
  readonly ended: Promise<number | null>;
}

describe('ferry room', () => {
  let sim: TestHomeserver;
  let dir: string;
  let work: string;
  const running: ChildProcess[] = [];

  beforeEach(async () => {
    sim = await simHomeserver();
    dir = mkdtempSync(join(tmpdir(), 'ferry-room-'));
    const { rooms, people, bot } = sim.server.world();
    writeFileSync(join(dir, 'world.json'), JSON.stringify({ homeserver: sim.server.url, rooms, people, bot }));
    work = rooms.work!;
  });
  afterEach(async () => {
    for (const child of running.splice(0)) child.kill('SIGKILL');
    await sim.stop();
    rmSync(dir, { recursive: true, force: true });
  });

  const person = (name: string) => {
    const world = sim.server.world();
    return new MatrixPerson(sim.server.url, name === 'ferry' ? world.bot : world.people[name]!);
  };
  const start = (args: readonly string[], env: Record<string, string> = {}): Running => {
    const child = spawn(process.execPath, [resolve('src/main.ts'), 'room', ...args], {
      env: { PATH: process.env.PATH, ...env },
    });
    running.push(child);
    const one: Running = {
      child,
      out: '',
      err: '',
      ended: new Promise(done => child.once('close', code => done(code))),
    };
    child.stdout.on('data', data => {
      one.out += data;
    });
    child.stderr.on('data', data => {
      one.err += data;
    });
    return one;
  };
  const run = async (args: readonly string[], input = '', env: Record<string, string> = {}) => {
    const one = start(args, env);
    one.child.stdin?.end(input);
    const code = await one.ended;
    return { code, out: one.out, err: one.err };
  };
  const asks = (body: string, state = 'open') =>
    person('ferry').says(work, body, { 'org.ferry.card': { run: 'dev-1', kind: 'request', state } });
  const shown = async () => {
    const { out } = await run(['--dir', dir, 'show', '--json']);
    return out
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as Record<string, unknown>);
  };

  it('says, reacts to the newest open request and takes it back, as whom it is told', async () => {
    const older = await asks('older');
    const newer = await asks('newer');
    await asks('approved already', 'approved');
    const said = await run(['--dir', dir, '--as', 'bob', 'say', '!status', 'dev']);
    expect(said).toMatchObject({ code: 0, err: '' });
    expect(await person('alice').event(work, said.out.trim())).toMatchObject({
      sender: '@bob:sim',
      content: { msgtype: 'm.text', body: '!status dev' },
    });
    expect((await run(['--dir', dir, '--as', 'bob', 'react', '✅'])).code).toBe(0);
    expect((await run(['--dir', dir, '--as', 'carol', 'react', '❌', '--event', older])).code).toBe(0);
    const reactions = async (id: string) => (await shown()).find(one => one.id === id)?.reactions;
    expect(await reactions(newer)).toEqual([{ sender: '@bob:sim', emoji: '✅' }]);
    expect(await reactions(older)).toEqual([{ sender: '@carol:sim', emoji: '❌' }]);
    expect((await run(['--dir', dir, '--as', 'bob', 'unreact', '✅'])).code).toBe(0);
    expect(await reactions(newer)).toEqual([]);
  });

  it("takes nobody's request for the bot's: a forged one steers no approval, a forged end hides none", async () => {
    const real = await asks('LIVE of dev-1');
    const card = (kind: string, run: string) => ({ 'org.ferry.card': { run, kind, state: 'open' } });
    const forged = await person('mallory').says(work, 'OUTAGE of prod-7', card('request', 'prod-7'));
    await person('mallory').says(work, 'dev-1 has ended: done.', card('end', 'dev-1'));
    await person('mallory').edits(work, real, 'another text');
    expect((await run(['--dir', dir, '--as', 'bob', 'react', '✅'])).code).toBe(0);
    const all = await shown();
    const reactions = (id: string) => all.find(one => one.id === id)?.reactions;
    expect(reactions(real)).toEqual([{ sender: '@bob:sim', emoji: '✅' }]);
    expect(reactions(forged)).toEqual([]);
    expect(all.filter(one => one.card !== null).map(one => one.id)).toEqual([real]);
    // By name it is still anybody's message.
    await person('mallory').reacts(work, forged, '❌');
    expect((await run(['--dir', dir, '--as', 'bob', 'unreact', '✅'])).code).toBe(0);
    expect((await shown()).find(one => one.id === real)?.reactions).toEqual([]);
  });

  it('where nobody says whose requests count, none does', async () => {
    await asks('LIVE of dev-1');
    const { accessToken } = sim.server.world().people.bob!;
    const there = ['--homeserver', sim.server.url, '--room', work];
    const bob = (...argv: string[]) => run([...there, ...argv], '', { FERRY_ROOM_TOKEN: accessToken });
    expect(await bob('react', '✅')).toMatchObject({ code: 1, err: expect.stringContaining('--bot @ferry:server') });
    expect((await bob('show', '--json')).out).toContain('"card":null');
    expect(await bob('react', '✅', '--bot', 'ferry')).toMatchObject({ code: 2 });
    expect(await bob('react', '✅', '--bot', '@mallory:sim')).toMatchObject({ code: 1 });
    expect(await bob('react', '✅', '--bot', '@ferry:sim')).toMatchObject({ code: 0 });
  });

  it('reacts to each open request in turn, the newest first, and says when none is left', async () => {
    const older = await asks('older');
    const newer = await asks('newer');
    const dan = (...more: string[]) => run(['--dir', dir, '--as', 'dan', 'react', '✅', ...more]);
    expect((await dan()).code).toBe(0);
    const once = await shown();
    expect([older, newer].map(id => once.find(one => one.id === id)?.reactions)).toMatchObject([[], [{}]]);
    expect((await dan('--event', newer)).err).toContain('of yours is on that message already');
    let left = await dan();
    while (left.code === 0) left = await dan();
    expect(left.err).toContain('Your ✅ is on every request for approval');
  });

  it('shows one message a line as JSON: as edited, threads in time order, deleted ones marked', async () => {
    const first = await person('alice').says(work, 'first');
    const card = { run: 'dev-1', kind: 'live' };
    const live = await person('ferry').says(work, '1 of 9', { 'org.ferry.card': card });
    const reply = await person('bob').says(work, 'in thread', {
      'm.relates_to': { rel_type: 'm.thread', event_id: first },
    });
    const gone = await person('bob').says(work, 'oops');
    await person('bob').redacts(work, gone);
    await person('ferry').edits(work, live, '2 of 9');
    expect(await shown()).toEqual([
      expect.objectContaining({
        id: first,
        thread: null,
        sender: '@alice:sim',
        body: 'first',
        edited: false,
        reactions: [],
      }),
      expect.objectContaining({ id: live, body: '2 of 9', edited: true, card }),
      expect.objectContaining({ id: reply, thread: first, body: 'in thread', card: null }),
      expect.objectContaining({ id: gone, body: '', redacted: true }),
    ]);
    const text = await run(['--dir', dir, 'show']);
    expect(text.out).toContain('ferry   2 of 9');
    expect(text.out).toContain('  ┆ bob     in thread');
  });

  it('reads a room longer than a page', async () => {
    for (let n = 0; n < 130; n++) await person('alice').says(work, `message ${n}`);
    expect((await shown()).map(one => one.body)).toEqual(Array.from({ length: 130 }, (_, n) => `message ${n}`));
  });

  it('goes to any homeserver with a token, and to a room by its alias', async () => {
    const { accessToken } = sim.server.world().people.dan!;
    const where = ['--homeserver', sim.server.url, '--room', '#copr-work:sim'];
    const said = await run([...where, '--token', accessToken, 'say', 'by token']);
    expect(said).toMatchObject({ code: 0, err: '' });
    const again = await run([...where, 'say', 'by environment'], '', { FERRY_ROOM_TOKEN: accessToken });
    expect(again.code).toBe(0);
    expect((await shown()).map(one => [one.sender, one.body])).toEqual([
      ['@dan:sim', 'by token'],
      ['@dan:sim', 'by environment'],
    ]);
  });

  it('goes to another room by name', async () => {
    await run(['--dir', dir, '--room', 'fedora-buildsys', 'say', 'hello all']);
    expect(JSON.stringify(sim.server.rooms().find(room => room.key === 'fedora-buildsys'))).toContain('hello all');
    expect(await run(['--dir', dir, '--room', 'kitchen', 'say', 'x'])).toMatchObject({
      code: 2,
      err: 'ferry room: there is no room "kitchen": there are work, fedora-buildsys\n',
    });
  });

  it.each([
    [['--dir', 'D', 'say'], 2, /say what\?/],
    [['--dir', 'D', 'dance'], 2, /there is no "dance"/],
    [['--dir', 'D', '--as', 'eve', 'say', 'x'], 2, /there is no "eve" here: alice, bob/],
    [['--dir', 'D', 'react'], 2, /takes one emoji/],
    [['--dir', 'D', '--wat'], 2, /--wat/],
    [['say', 'x'], 2, /where\?/],
    [['--homeserver', 'nonsense', '--token', 't', 'say', 'x'], 2, /address like/],
    [['--dir', '/nowhere', 'say', 'x'], 1, /There is no \/nowhere\/world.json/],
    [['--dir', 'D', 'react', '✅'], 1, /No request for approval/],
    [['--dir', 'D', 'react', '✅', '--event', '$none'], 1, /refuses/],
    [['--homeserver', 'http://127.0.0.1:9', '--token', 'secret', 'say', 'x'], 1, /does not answer/],
  ])('ends %j with status %i and one sentence', async (args, code, sentence) => {
    const result = await run(args.map(arg => (arg === 'D' ? dir : arg)));
    expect(result.code).toBe(code);
    expect(result.err).toMatch(sentence);
    expect(result.err.trim().split('\n')).toHaveLength(1);
    expect(result.err).not.toContain('secret');
    expect(result.out).toBe('');
  });

  it('explains itself', async () => {
    const { code, out } = await run(['--help']);
    expect(code).toBe(0);
    expect(out).toContain('say TEXT');
  });

  it('is a live view in a pipe: what is new is printed, what is typed is said, edits are left out', async () => {
    const live = start(['--dir', dir, '--as', 'alice']);
    await vi.waitFor(() => expect(live.out).toContain('— work'), patient);
    const request = await asks('Approve OUTAGE of dev-1?');
    await person('ferry').reacts(work, request, '✅');
    await vi.waitFor(() => expect(live.out).toContain('ferry   Approve OUTAGE of dev-1?'), patient);
    live.child.stdin?.write('/as bob\n/yes\n!start dev-1\n');
    await vi.waitFor(() => expect(live.out).toContain('bob     !start dev-1'), patient);
    expect(live.out).toContain('bob     ✅\n');
    expect(live.out).not.toContain('ferry   ✅');
    await person('ferry').edits(work, request, 'edited text');
    await person('ferry').says(work, 'Over.', { 'm.relates_to': { rel_type: 'm.thread', event_id: request } });
    await vi.waitFor(() => expect(live.out).toContain('  ┆ ferry   Over.'), patient);
    expect(live.out).toContain('  ┆ thread 1: ');
    expect(live.out).not.toContain('\nferry   edited text');
    live.child.stdin?.write('/thread 1 thanks\n/as eve\n/nonsense\n/room fedora-buildsys\n');
    await vi.waitFor(() => expect(live.out).toContain('— fedora-buildsys'), patient);
    expect(live.out).toContain('! there is no "eve" here');
    expect(live.out).toContain('! there is no /nonsense');
    expect((await shown()).at(-1)).toMatchObject({ sender: '@bob:sim', body: 'thanks', thread: request });
    live.child.stdin?.write('/quit\n');
    expect(await live.ended).toBe(0);
    expect(live.err).toBe('');
  });

  it('begins with the last messages, however often the newest was edited', async () => {
    await person('alice').says(work, 'before all that');
    const live = await person('ferry').says(work, '0 of 300');
    for (let n = 1; n <= 300; n++) await person('ferry').edits(work, live, `${n} of 300`);
    const { code, out } = await run(['--dir', dir]);
    expect(code).toBe(0);
    expect(out).toBe('— work —\nalice   before all that\nferry   300 of 300 (edited)\n');
  });

  it('stays where it is when it is not let into another room', async () => {
    const secret = await person('bob').createRoom({ preset: 'private_chat' });
    const { code, out } = await run(['--dir', dir], `/room ${secret}\nstill here\n`);
    expect(code).toBe(0);
    expect(out).toContain('! The homeserver refuses');
    expect(out).toContain('alice   still here');
  });

  it('says what is piped in, shows it, and ends with the input', async () => {
    const { code, out } = await run(['--dir', dir, '--as', 'carol'], '!targets\n//shrug\n');
    expect(code).toBe(0);
    expect(out).toContain('carol   !targets\n');
    expect(out).toContain('carol   /shrug\n');
  });

  it('goes on when the homeserver was away', async () => {
    const live = start(['--dir', dir]);
    await vi.waitFor(() => expect(live.out).toContain('— work'), patient);
    sim = await sim.restart();
    await vi.waitFor(() => person('bob').call('GET', 'client/versions'), patient);
    await person('bob').says(work, 'still here');
    await vi.waitFor(() => expect(live.out).toContain('bob     still here'), patient);
    live.child.kill('SIGTERM');
    expect(await live.ended).toBe(0);
  });
});
