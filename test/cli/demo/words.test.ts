import { describe, expect, it } from 'vitest';
import { pendingIn, startedTargets } from '#cli/demo/pending.ts';
import { intro, outro } from '#cli/demo/words.ts';

const view = {
  ...{ instance: 'i-068797506af611303', state: 'running', publicIp: '18.208.10.131', privateIp: '172.30.2.1' },
  ...{ ipv6: [], volumes: ['vol-1 sdd'], isProtected: true, image: 'ami-0746fc234df9c1ee0' },
};

describe('the demo’s words', () => {
  it('the first screen is four lines that fit 80 columns', () => {
    for (const auto of [true, false]) {
      const lines = intro('copr-dist-git-dev', auto);
      expect(lines.filter(line => line !== '')).toHaveLength(4);
      for (const line of lines) expect(line.length, line).toBeLessThan(80);
    }
    expect(intro('dev', false)[1]).toBe('You are alice. Type: !upgrade dev');
  });

  it('the end names each target and compares it, says whether all is as it should be, and fits 80 columns', () => {
    const compared = [{ target: 'copr-be-dev', before: view, after: { ...view, instance: 'i-0f5361014af0b54b5' } }];
    const good = outro(compared, []);
    for (const line of good) expect(line.length, line).toBeLessThan(80);
    const rows = good.filter(line => line !== '').slice(0, 3);
    expect(rows).toEqual([
      'copr-be-dev',
      expect.stringMatching(/^ {2}before {2}i-068797506af611303 /),
      expect.stringMatching(/^ {2}after {3}i-0f5361014af0b54b5 /),
    ]);
    expect(good).toContain('The world is as it should be.');
    expect(outro(compared, ['one'])).toContain('NOT as it should be:');
    expect(outro(compared, undefined)).toContain('You left before the end.');
    expect(outro([{ target: 'x', before: view, after: view }], [])).toContain('No instance was replaced.');
  });
});

describe('a second start', () => {
  const event = (id: string, kind: string, body: string, state?: string) => ({
    event_id: id,
    sender: '@ferry:sim',
    content: { body, 'org.ferry.card': { run: 'dev-1', kind, ...(state === undefined ? {} : { state }) } },
  });
  const ids = (events: ReturnType<typeof event>[]) => pendingIn(events, '@ferry:sim').events.map(one => one.event_id);

  it('answers what a run that is open has asked', () => {
    const events = [event('a', 'start', 'dev-1'), event('b', 'request', 'Approve OUTAGE of dev-1?', 'open')];
    expect(pendingIn(events, '@ferry:sim').runs).toEqual(['dev-1']);
    expect(ids(events)).toEqual(['b']);
    expect(ids([...events, event('c', 'request', '…\nWhen you are there: !start dev-1', 'approved')])).toEqual([
      'b',
      'c',
    ]);
  });

  it('has nothing to answer once the outage has begun, and nothing to go on with after the end', () => {
    const events = [event('a', 'start', 'dev-1'), event('b', 'request', 'Approve OUTAGE of dev-1?', 'open')];
    const begun = [...events, event('c', 'notice', 'OUTAGE begins: dev-1')];
    expect(ids(begun)).toEqual([]);
    const over = [...begun, event('d', 'end', 'Over: dev-1, after 20 s. It has ended: not')];
    expect(pendingIn(over, '@ferry:sim').runs).toEqual(['dev-1']);
    expect(pendingIn([...over, event('e', 'end', 'dev-1 has ended: done.')], '@ferry:sim').runs).toEqual([]);
  });

  it("answers nobody's requests but the bot's, and takes nobody else's word for an end", () => {
    const events = [event('a', 'start', 'dev-1'), event('b', 'request', 'Approve OUTAGE of dev-1?', 'open')];
    const forged = [
      event('c', 'request', 'Approve OUTAGE of dev-1?', 'open'),
      event('d', 'end', 'dev-1 has ended: done.'),
    ].map(one => ({ ...one, sender: '@mallory:sim' }));
    expect(ids([...events, ...forged])).toEqual(['b']);
    expect(pendingIn([...events, ...forged], '@ferry:sim').runs).toEqual(['dev-1']);
    expect(pendingIn(events, undefined).runs).toEqual([]);
  });
});

describe('what the demo’s end is about', () => {
  const names = ['copr-be', 'copr-be-dev', 'copr-fe-dev'];
  const event = (body: string, kind = 'start') => ({
    sender: '@ferry:sim',
    content: { body, 'org.ferry.card': { run: 'dev-1', kind } },
  });
  it('are the targets that a run was proposed for, whatever the demo was started with', () => {
    const body = 'dev-1: copr-fe-dev (frontend), Fedora 41 to 43. Asked and driven by alice.';
    expect(startedTargets(event(body), '@ferry:sim', names)).toEqual(['copr-fe-dev']);
    expect(
      startedTargets(event(`dev-1: copr-be-dev (backend), copr-fe-dev (frontend), two`), '@ferry:sim', names),
    ).toEqual(['copr-be-dev', 'copr-fe-dev']);
    expect(startedTargets(event(body, 'answer'), '@ferry:sim', names)).toEqual([]);
    expect(startedTargets({ ...event(body), sender: '@mallory:sim' }, '@ferry:sim', names)).toEqual([]);
  });
});
