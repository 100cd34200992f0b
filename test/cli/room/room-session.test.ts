import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RoomSession } from '#cli/room/room-session.ts';
import { MatrixPerson } from '#test/builders/matrix-person.ts';
import { simHomeserver, type TestHomeserver } from '#test/builders/sim-homeserver.ts';
import { VirtualTerminal } from '#test/fakes/virtual-terminal.ts';

const patient = { timeout: 10_000, interval: 20 };

describe('a live room on a terminal', () => {
  let sim: TestHomeserver;
  let work: string;
  let keys: PassThrough;
  let terminal: VirtualTerminal;
  let ending: AbortController;
  let running: Promise<void>;
  const broken: string[] = [];

  const person = (name: string) => {
    const world = sim.server.world();
    return new MatrixPerson(sim.server.url, name === 'ferry' ? world.bot : world.people[name]!);
  };
  const shows = (...rows: readonly string[]) => vi.waitFor(() => expect(terminal.screen).toEqual(rows), patient);

  beforeEach(async () => {
    // The terminal of the test moves its cursor, whatever the one can that the tests were started on.
    vi.stubEnv('TERM', 'xterm');
    sim = await simHomeserver();
    const { rooms, people, bot } = sim.server.world();
    work = rooms.work!;
    keys = new PassThrough();
    terminal = new VirtualTerminal(60, 12);
    ending = new AbortController();
    const session = new RoomSession({
      world: {
        homeserver: sim.server.url,
        bot: bot.userId,
        rooms,
        tokens: Object.fromEntries(Object.entries(people).map(([name, one]) => [name, one.accessToken])),
      },
      person: 'alice',
      room: 'work',
      streams: { input: Object.assign(keys, { isTTY: true, setRawMode: () => keys }), output: terminal },
      colour: false,
      more: {
        break: {
          help: 'break something',
          run: async rest => {
            broken.push(rest);
            session.note(`broken: ${rest}`);
          },
        },
      },
    });
    running = session.run(ending.signal);
  });
  afterEach(async () => {
    ending.abort();
    await running;
    await sim.stop();
    vi.unstubAllEnvs();
  });

  it('draws edits and reactions where the message stands, below it what is being typed', async () => {
    await shows('— work —', 'alice>');
    const live = await person('ferry').says(work, '3 of 16\nbuilds down', { 'org.ferry.card': { kind: 'live' } });
    await person('bob').says(work, 'fine');
    keys.write('!sta');
    await shows('— work —', 'ferry   3 of 16', '        builds down', 'bob     fine', 'alice> !sta');
    await person('ferry').edits(work, live, '4 of 16\nbuilds down');
    await person('bob').reacts(work, live, '👀');
    await shows('— work —', 'ferry   4 of 16', '        builds down', '        👀 bob', 'bob     fine', 'alice> !sta');
    keys.write('tus\r');
    await vi.waitFor(() => expect(terminal.screen.slice(-2)).toEqual(['alice   !status', 'alice>']), patient);
  });

  it('says a reaction to what has scrolled away as a line, and does not scroll back', async () => {
    const request = await person('ferry').says(work, 'wanted', {
      'org.ferry.card': { kind: 'request', state: 'open' },
    });
    for (let n = 0; n < 12; n++) await person('bob').says(work, `talk ${n}`);
    await vi.waitFor(() => expect(terminal.screen.at(-2)).toBe('bob     talk 11'), patient);
    keys.write('/as carol\r/yes\r');
    await vi.waitFor(() => expect(terminal.screen.slice(-2)).toEqual(['carol   ✅', 'carol>']), patient);
    await person('ferry').edits(work, request, 'wanted no more');
    await person('bob').says(work, 'last');
    await vi.waitFor(() => expect(terminal.screen.at(-2)).toBe('bob     last'), patient);
    expect(terminal.all.filter(line => line.includes('wanted'))).toEqual(['ferry   wanted']);
  });

  it('obeys commands that are added to it', async () => {
    keys.write('/break volume\r');
    await shows('— work —', 'broken: volume', 'alice>');
    expect(broken).toEqual(['volume']);
    keys.write('/help\r');
    await vi.waitFor(() => expect(terminal.screen.join('\n')).toContain('/break'), patient);
  });

  it('ends with Ctrl-D', async () => {
    await shows('— work —', 'alice>');
    keys.write('\u0004');
    await running;
  });
});
