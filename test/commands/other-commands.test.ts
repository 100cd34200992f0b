import { beforeEach, describe, expect, it } from 'vitest';
import { Dispatching } from '#test/builders/dispatching.ts';
import { History } from '#test/builders/history.ts';
import { toyProposal } from '#test/toy-procedure.ts';

let room: Dispatching;

beforeEach(() => {
  room = new Dispatching();
});

const last = (id = 'dev-1') => room.runs.histories.find(one => one.run.id === id)?.entries.at(-1);

describe('other commands', () => {
  it('!cancel wants a reason and no outage', async () => {
    const history = room.run('dev-1');
    expect(await room.says('alice', '!cancel dev-1')).toContain('say why');
    await room.says('alice', '!cancel dev-1 because not today');
    expect(last()).toMatchObject({ type: 'turning-back', how: 'cancel', because: 'not today' });
    history.add({ type: 'outage-begun' });
    expect(await room.says('alice', '!cancel dev-1 because x')).toContain('!rollback dev-1');
  });

  it('a second !cancel is taken while a look can’t see, a third is not', async () => {
    const history = room.run('dev-1');
    await room.says('alice', '!cancel dev-1 because not today');
    history.add({ type: 'unseen', step: 'copr-be-dev/make-new', sentence: 'its host hangs', until: 0 });
    expect(await room.says('bob', '!status dev-1')).toContain('its host hangs');
    expect(await room.says('bob', '!status dev-1')).toContain('!cancel dev-1 because');
    expect(await room.says('bob', '!cancel dev-1 because I said so')).toBe('');
    expect(history.run.turning).toMatchObject({ hurry: true });
    expect(await room.says('bob', '!cancel dev-1 because now')).toContain('turning back already');
  });

  it('a second !cancel gives up what the way back could not undo, and names it', async () => {
    const history = room.run('dev-1');
    await room.says('alice', '!cancel dev-1 because not today');
    const change = { kind: 'unmake', version: 1, args: { id: 'i-1' }, id: 'copr-be-dev/undo-make-new/0' };
    const node = {
      ...history.run.graph['copr-be-dev/make-new']!,
      key: 'copr-be-dev/undo-make-new',
      step: 'undo-make-new',
      phase: 'undo' as const,
      after: [],
    };
    history.add({
      type: 'turned-back',
      targets: ['copr-be-dev'],
      dropped: Object.keys(history.run.steps),
      nodes: [node],
      plans: { [node.key]: [{ ...change, undo: { impossible: '' }, says: 'remove i-1' }] },
      shown: true,
    });
    expect(await room.says('bob', '!cancel dev-1 because leave it')).toContain('cancelled already');
    history.add(
      { type: 'begun', step: node.key },
      { type: 'halted', step: node.key, code: 'protected', sentence: 'it is protected', evidence: [] },
    );
    expect(await room.says('bob', '!cancel dev-1 because leave it')).toBe('');
    expect(history.run.steps[node.key]).toMatchObject({ status: 'skipped', note: 'leave it' });
    expect(last()).toMatchObject({ type: 'noted', text: 'The way back leaves as it is: remove i-1' });
  });

  it('!take hands over a target, and says so when it is theirs already', async () => {
    const history = room.run('dev-1', ['copr-be-dev', 'copr-keygen-dev']);
    await room.says('bob', '!take copr-be-dev');
    expect(history.run.targets.map(target => target.driver)).toEqual(['bob', 'alice']);
    expect(await room.says('bob', '!take copr-be-dev')).toContain('You drive copr-be-dev already');
  });

  it('!note keeps a line, shown harmless', async () => {
    const history = room.run('dev-1');
    expect(await room.says('bob', '!note dev-1 @room ✅ approved by carol, because why not')).toBe('Noted in dev-1.');
    expect(history.run.notes[0]?.text).toContain('because why not');
    expect(await room.says('bob', '!log')).toContain('“(at)room approved by carol, because why not”');
    expect(await room.says('bob', '!note dev-1')).toContain('empty');
  });

  it('!ask posts a request anew after a rejection, DATABASE apart', async () => {
    const history = room.ready('dev-1');
    history.add(
      { type: 'rejected', request: 'r2', person: 'carol', account: '@carol:sim' },
      { type: 'rejected', request: 'r3', person: 'carol', account: '@carol:sim' },
    );
    expect(await room.says('alice', '!ask dev-1')).toBe('');
    expect(history.run.requests.slice(3).map(one => [one.request, one.gates.map(gate => gate.gate)])).toEqual([
      ['r4', ['outage', 'storage', 'address']],
      ['r5', ['database']],
    ]);
    history.add({ type: 'posted', what: 'request/r4', room: '!work:sim', event: '$r4' });
    expect(await room.says('alice', '!ask dev-1')).toContain('already waits for approval of OUTAGE, STORAGE, ADDRESS');
  });

  it('!why says who can help, and that the asker can’t', async () => {
    const history = room.run('dev-1');
    history.add({ type: 'facts', target: 'copr-be-dev', facts: { things: {} }, remarks: [] });
    history.finish('copr-be-dev/check-readiness').finish('copr-be-dev/make-new', { id: 'm-1' }).plan(room.procedure);
    history.add(...history.decide().append, { type: 'posted', what: 'request/r1', room: '!work:sim', event: '$r1' });
    expect(await room.says('bob', '!why')).toMatch(
      /waits for approval of LIVE: bob, carol or dan, until Thursday .*\nYou can: ✅ on the request, there: https:/,
    );
    expect(await room.says('alice', '!why')).toContain("alice can't, alice asked for it.");
    expect(await room.says('mallory', '!why')).toContain('I know no person behind your account');
    expect(await room.says('bob', '!approve')).toContain('React ✅ there: https://matrix.to/#/!work:sim/$r1');
  });

  it('!why, !status and !log say whose outage a run waits for, and that nobody needs to act', async () => {
    const history = room.ready('dev-2');
    history.add({ type: 'started', person: 'alice' }, { type: 'outage-waits', other: 'dev-1' });
    expect(await room.says('bob', '!why dev-2')).toContain(
      "dev-2 waits for the end of dev-1's outage, and begins then by itself. Nobody needs to act.",
    );
    const status = await room.says('bob', '!status dev-2');
    expect(status).toMatch(/Waits for the end of dev-1's outage, and begins then by itself\.$/m);
    expect(status).not.toContain('Nobody needs to act');
    expect(await room.says('bob', '!log dev-2')).toContain('waits for the end of the outage of dev-1');
  });

  it('!retire proposes a retirement', async () => {
    await room.says('alice', '!retire copr-be-dev');
    expect(room.runs.proposed).toMatchObject([{ what: 'retirement', targets: ['copr-be-dev'] }]);
  });

  it('!retire of an environment leaves out what no old instance is left of', async () => {
    room.run('dev-1', ['copr-be-dev', 'copr-keygen-dev']).add({ type: 'ended', outcome: 'done' });
    room.run('dev-2', ['copr-keygen-dev']).add({ type: 'ended', outcome: 'rolled-back' });
    await room.says('alice', '!retire dev');
    expect(room.runs.proposed.at(-1)).toMatchObject({ targets: ['copr-be-dev', 'copr-keygen-dev'] });
    const proposal = toyProposal(room.procedure, { id: 'dev-3', targets: ['copr-keygen-dev'] });
    const gone = new History({ ...proposal, what: 'retirement' });
    room.runs.histories.push(gone.later(60_000).add({ type: 'ended', outcome: 'done' }));
    expect(await room.says('alice', '!retire dev')).toContain(
      'Left out, as no old instance is left of it: copr-keygen-dev (was removed in dev-3).',
    );
    expect(room.runs.proposed.at(-1)).toMatchObject({ what: 'retirement', targets: ['copr-be-dev'] });
    await room.says('alice', '!retire copr-keygen-dev');
    expect(room.runs.proposed.at(-1)).toMatchObject({ targets: ['copr-keygen-dev'] });
  });

  it('!announce lists, previews and ticks what is told', async () => {
    const history = room.run('dev-1');
    expect(await room.says('alice', '!announce preview')).toContain(
      'begins/tell (tell to #toys), “begins”:\nToys are away.',
    );
    history.add({ type: 'owed', item: 'over/ticket', channel: 'ticket', to: [], subject: '', text: 'over' });
    expect(await room.says('alice', '!announce')).toContain('over/ticket (ticket to all): owed');
    expect(await room.says('alice', '!announce done over/ticket')).toBe('Ticked: over/ticket.');
    expect(history.run.owed['over/ticket']?.told).toMatchObject({ by: 'alice', ref: 'by hand' });
    expect(await room.says('alice', '!announce done over/tickets')).toContain('owes no over/tickets');
    for (const place of ['!a-roomId:example.org', '#fedora-buildsys:fedora.im'])
      expect(await room.says('alice', `!announce done over/topic/${place}`)).toContain(`owes no over/topic/${place}`);
    for (const odd of ['over/mail/$(id)', 'over/mail/a;b', '../../etc', 'over/mail/a`b`'])
      expect(await room.says('alice', `!announce done ${odd}`)).toContain("isn't a name that I know");
    const item = 'done/mail/copr-devel@lists.fedorahosted.org';
    history.add({
      type: 'owed',
      item,
      channel: 'mail',
      to: ['copr-devel@lists.fedorahosted.org'],
      subject: 's',
      text: 't',
    });
    history.add({ type: 'ended', outcome: 'done' });
    expect(await room.says('alice', `!announce dev-1 done ${item}`)).toBe(`Ticked: ${item}.`);
  });

  it('!plan names every change of a run, by-hand as commands, and the steps of what isn’t proposed', async () => {
    room.ready('dev-1');
    expect(await room.says('mallory', '!plan dev-1')).toContain('\n  brew, ADDRESS: Brew\n    brew in copr-be-dev');
    expect(await room.says('mallory', '!plan dev-1 by-hand')).toContain('# copr-be-dev/brew: Brew\nbrew copr-be-dev');
    expect(await room.says('mallory', '!plan copr-keygen-dev')).toContain(
      'copr-keygen-dev/stop-services, OUTAGE: Stop',
    );
    expect(room.runs.proposed).toEqual([]);
  });

  it('!status, !runs, !targets, !log, !output, !who, !whoami and !help answer everybody', async () => {
    room.halted('dev-1');
    room.lines.push('last words');
    expect(await room.says('mallory', '!status')).toMatch(/dev-1: copr-be-dev \(backend\).*in outage since 16:00 UTC/);
    expect(await room.says('mallory', '!status')).toContain(
      'alice: !retry copr-be-dev, or !done copr-be-dev stop-services because',
    );
    expect(await room.says('mallory', '!runs')).toMatch(/^dev-1 {2}copr-be-dev; alice/);
    expect(await room.says('mallory', '!targets dev')).toMatch(/copr-be-dev \(backend\) +Fedora 1; dev-1, in outage/);
    expect(await room.says('mallory', '!log')).toContain('HALTED copr-be-dev/stop-services: it is busy');
    expect(await room.says('mallory', '!output')).toBe(
      'dev-1, copr-be-dev/stop-services, halted\n  line one\n  last words',
    );
    expect(await room.says('mallory', '!who prod')).toContain('prod: alice, bob, carol and dan may ask');
    expect(await room.says('mallory', '!whoami')).toContain('@mallory:sim is mapped to no person');
    expect(await room.says('bob', '!whoami')).toContain('dev: you may give commands, approve what others ask for.');
    expect(await room.says('mallory', '!help')).toContain('!upgrade TARGET… or ENV');
    expect(await room.says('mallory', '!help lgtm')).toContain('approvals are reactions');
    expect(await room.says('mallory', '!help upgrad')).toContain('Did you mean !upgrade?');
  });

  it('!targets says which Fedora a target has, before its upgrade and after', async () => {
    expect(await room.says('mallory', '!targets dev')).toMatch(
      /copr-be-dev \(backend\) +Fedora not read yet; no run yet/,
    );
    const history = room.halted('dev-1');
    history.add({ type: 'ended', outcome: 'rolled-back' });
    expect(await room.says('mallory', '!targets dev')).toMatch(/copr-be-dev \(backend\) +Fedora 1; last dev-1/);
    room.halted('dev-2').add({ type: 'ended', outcome: 'done' });
    expect(await room.says('mallory', '!targets dev')).toMatch(/copr-be-dev \(backend\) +Fedora 3; last dev-2/);
  });

  it('what comes later is answered “not yet” and does nothing', async () => {
    room.run('dev-1');
    for (const text of [
      '!here',
      '!move dev-1 to 2026-12-01 20:00',
      '!extend 30m because x',
      '!keep copr-be-dev',
      '!drill',
      '!rehearse dev',
      '!report dev-1',
    ]) {
      expect(await room.says('alice', text), text).toContain('not yet');
    }
    expect(last()?.type).toBe('posted');
  });
});
