import { beforeEach, describe, expect, it } from 'vitest';
import type { EntryOf } from '#core/entries.ts';
import { Unknown } from '#core/errors.ts';
import type { Node } from '#core/graph.ts';
import { Dispatching } from '#test/builders/dispatching.ts';
import { History, minute } from '#test/builders/history.ts';
import { toyProposal } from '#test/toy-procedure.ts';

let room: Dispatching;

beforeEach(() => {
  room = new Dispatching();
});

/** A run of alice's that isn't an ordinary one. */
function proposed(other: Partial<EntryOf<'proposed'>>): History {
  const at = { id: 'dev-1', environment: 'dev', targets: ['copr-be-dev'], room: '!work:sim' };
  return new History({ ...toyProposal(room.procedure, at), ...other });
}

const last = (id = 'dev-1') => room.runs.histories.find(one => one.run.id === id)?.entries.at(-1);

describe('which run is meant', () => {
  it('the one of the thread, the only one that fits, or the choices', async () => {
    room.run('dev-1');
    room.run('prod-1', ['copr-be'], 'prod');
    expect(await room.says('alice', '!pause')).toMatch(
      /alice: which one\? prod-1 \(copr-be, .*\); dev-1 \(copr-be-dev/,
    );
    await room.says('alice', '!pause', { thread: '$thread-prod-1' });
    expect(last('prod-1')).toMatchObject({ type: 'paused', person: 'alice' });
    await room.says('alice', '!resume');
    expect(last('prod-1')).toMatchObject({ type: 'resumed' });
  });

  it('a target or an environment names its open run', async () => {
    room.run('dev-1');
    room.run('prod-1', ['copr-be'], 'prod');
    expect(await room.says('alice', '!why copr-be')).toContain('prod-1');
    expect(await room.says('alice', '!why dev')).toContain('dev-1');
    expect(await room.says('alice', '!why copr-keygen-dev')).toContain('there is no open run of copr-keygen-dev');
  });

  it('a run that isn’t there, has ended, or belongs to another room is refused', async () => {
    room.run('dev-1').add({ type: 'ended', outcome: 'done' });
    expect(await room.says('alice', '!pause dev-2')).toBe('alice: there is no run dev-2. !runs lists them.');
    expect(await room.says('alice', '!pause dev-1')).toContain('dev-1 has ended (done)');
    room.estate = {
      ...room.estate,
      environments: { ...room.estate.environments, dev: { ...room.estate.environments.dev!, work: '!other:sim' } },
    };
    expect(await room.says('alice', '!status dev-1')).toContain('no run dev-1 here');
  });
});

describe('!upgrade', () => {
  it('proposes one target, several, or an environment', async () => {
    expect(await room.says('alice', '!upgrade copr-be-dev to 43 because it is time')).toBe('');
    expect(await room.says('alice', '!upgrade dev')).toBe('');
    expect(room.runs.proposed).toMatchObject([
      {
        what: 'upgrade',
        environment: 'dev',
        targets: ['copr-be-dev'],
        asker: 'alice',
        release: 43,
        because: 'it is time',
      },
      { targets: ['copr-be-dev', 'copr-keygen-dev'], release: null, because: null },
    ]);
  });

  it('is refused where nobody but the asker could approve', async () => {
    const dev = room.estate.environments.dev!;
    room.estate = {
      ...room.estate,
      environments: { ...room.estate.environments, dev: { ...dev, approvers: ['alice'] } },
    };
    expect(await room.says('alice', '!upgrade copr-be-dev')).toContain('nobody but you could approve for dev');
    expect(room.runs.proposed).toEqual([]);
  });

  it('is refused for a locked target, naming run and age', async () => {
    room.run('dev-1').later(3 * minute);
    room.runs.locked['copr-be-dev'] = 'dev-1';
    expect(await room.says('bob', '!upgrade dev')).toContain(
      'copr-be-dev is taken by dev-1, 3 min old, asked by alice',
    );
  });

  it('is refused for no target, an unknown one, two environments, a date', async () => {
    expect(await room.says('alice', '!upgrade')).toContain('of which target?');
    expect(await room.says('alice', '!upgrade copr-be-dv')).toContain('Did you mean copr-be-dev?');
    expect(await room.says('alice', '!upgrade copr-be copr-be-dev')).toContain('one environment at a time');
    expect(await room.says('alice', '!upgrade dev at 2026-12-01 20:00')).toContain('not yet');
    expect(room.runs.proposed).toEqual([]);
  });

  it('is only for ask people, whatever a display name says', async () => {
    const card = await room.card('mallory', '!upgrade copr-be-dev');
    expect(card).toMatchObject({ where: 'thread', accounts: ['@mallory:sim'], field: { kind: 'refusal' } });
  });
});

describe('!start', () => {
  it('records the start when everything is open', async () => {
    room.ready('dev-1');
    expect(await room.says('alice', '!start')).toBe('');
    expect(last()).toMatchObject({ type: 'started', person: 'alice' });
  });

  it('the same event twice starts once', async () => {
    const history = room.ready('dev-1');
    await room.says('alice', '!start dev-1', { id: '$same' });
    expect(await room.says('alice', '!start dev-1', { id: '$same' })).toBe('');
    expect(history.entries.filter(entry => entry.type === 'started')).toHaveLength(1);
  });

  it('the same event four times over six minutes starts once', async () => {
    const history = room.ready('dev-1');
    for (let time = 0; time < 4; time += 1) {
      await room.says('alice', '!start dev-1', { id: '$same' });
      history.later(2 * minute);
    }
    expect(history.entries.filter(entry => entry.type === 'started')).toHaveLength(1);
  });

  it('reads the chat once more: an approval that is gone by now refuses it, and is recorded', async () => {
    room.ready('dev-1');
    room.reactions.set('$dev-1-r2', []);
    expect(await room.says('alice', '!start dev-1')).toMatch(
      /dev-1 can't start: it waits for approval of OUTAGE, STORAGE, ADDRESS/,
    );
    expect(last()).toMatchObject({ type: 'withdrawn', person: 'bob' });
  });

  it('is refused when the chat can’t be read', async () => {
    room.ready('dev-1');
    room.chatIsAway = new Unknown('away', 'the server is away');
    expect(await room.says('alice', '!start dev-1')).toContain(
      "can't read the answers to the requests right now (the server is away)",
    );
    expect(last()?.type).not.toBe('started');
  });

  it('says what is missing: preparation, or who must approve', async () => {
    room.run('dev-1');
    expect(await room.says('alice', '!start')).toContain(
      "dev-1 isn't prepared yet, 3 steps are left, first copr-be-dev/check-readiness",
    );
  });

  it('says of the last step of the preparation that it is one', async () => {
    room.run('dev-1').finish('copr-be-dev/check-readiness').finish('copr-be-dev/make-new', { id: 'm-1' });
    expect(await room.says('alice', '!start')).toContain(
      "dev-1 isn't prepared yet, one step is left: copr-be-dev/open-door",
    );
  });

  it('is refused while another outage of the environment is on, naming it', async () => {
    const other = room.ready('dev-1', ['copr-keygen-dev']);
    room.ready('dev-2');
    other.add({ type: 'started', person: 'alice' });
    expect(await room.says('alice', '!start dev-2')).toContain('dev-1 is in its outage');
    other.add({ type: 'outage-begun' });
    expect(await room.says('alice', '!start dev-2')).toContain('dev-1 is in its outage');
    expect(await room.says('alice', '!start dev-1')).toContain('dev-1');
  });
});

describe('when it halts', () => {
  it('!retry repeats what halted, and only that', async () => {
    room.halted('dev-1');
    expect(await room.says('bob', '!retry copr-keygen-dev')).toContain('no open run of copr-keygen-dev');
    await room.says('bob', '!retry copr-be-dev');
    expect(last()).toMatchObject({ type: 'retried', step: 'copr-be-dev/stop-services', person: 'bob' });
    expect(await room.says('bob', '!retry')).toContain('nothing of dev-1 is halted');
  });

  it('!done wants a step that halted, and a reason', async () => {
    room.halted('dev-1');
    expect(await room.says('bob', '!done copr-be-dev stop-services')).toContain('say why');
    expect(await room.says('bob', '!done copr-be-dev stop-service because x')).toContain('Did you mean stop-services?');
    expect(await room.says('bob', '!done copr-be-dev brew because x')).toContain("hasn't been reached");
    expect(await room.says('bob', '!done copr-be-dev make-new because x')).toContain('is done already');
    await room.says('bob', '!done copr-be-dev stop-services because by hand');
    expect(last()).toMatchObject({ type: 'done-by-hand', person: 'bob', because: 'by hand' });
  });

  it('!skip in an outage asks a second person, of anybody’s step, and leaves nothing out by itself', async () => {
    const history = room.halted('dev-1');
    await room.says('alice', '!skip copr-be-dev stop-services because it hangs');
    expect(last()).toMatchObject({
      type: 'requested',
      gates: [{ gate: 'skip' }],
      askers: ['alice'],
      skip: { step: 'copr-be-dev/stop-services', person: 'alice', because: 'it hangs' },
    });
    expect(await room.says('dan', '!skip copr-be-dev stop-services because x')).toContain(
      'alice asked to leave out copr-be-dev/stop-services already',
    );
    await room.says('carol', '!skip copr-be-dev write-line because nobody reads it');
    expect(last()).toMatchObject({ type: 'requested', request: 'r5', askers: ['alice', 'carol'] });
    expect(history.run.alterers).toEqual([]);
    expect(await room.says('bob', '!why')).toContain(
      'waits for approval of SKIP of copr-be-dev/write-line: bob or dan',
    );
    expect(await room.says('bob', '!log')).toContain(
      'carol asked for SKIP of copr-be-dev/write-line (r5): “nobody reads it”',
    );
  });

  it('!skip in a retirement asks a second person too', async () => {
    room.runs.histories.push(proposed({ what: 'retirement' }));
    await room.says('alice', '!skip copr-be-dev write-line because x');
    expect(last()).toMatchObject({ type: 'requested', skip: { step: 'copr-be-dev/write-line' } });
  });

  it('!skip in an outage is refused where a later change relies on it: by its outputs, or in the chain of one gate', async () => {
    const nodes = room.procedure
      .nodes(['copr-be-dev'])
      .map((node): Node => (node.step === 'brew' ? { ...node, gate: 'storage' } : node));
    room.runs.histories.push(proposed({ nodes }).add({ type: 'outage-begun' }));
    expect(await room.says('carol', '!skip copr-be-dev move-parts because x')).toContain(
      "copr-be-dev/brew relies on copr-be-dev/move-parts, so it can't be left out.",
    );
    expect(await room.says('carol', '!skip copr-be-dev make-new because x')).toContain(
      "copr-be-dev/open-door relies on copr-be-dev/make-new, so it can't be left out.",
    );
    await room.says('carol', '!skip copr-be-dev brew because x');
    expect(last()).toMatchObject({ type: 'requested', skip: { step: 'copr-be-dev/brew' } });
  });

  it('!skip is refused where a later step relies on it, and by who approved', async () => {
    const history = room.run('dev-1');
    expect(await room.says('alice', '!skip copr-be-dev make-new because x')).toContain(
      'copr-be-dev/open-door relies on copr-be-dev/make-new',
    );
    room.runs.histories.splice(room.runs.histories.indexOf(history), 1);
    room.ready('dev-2');
    expect(await room.says('bob', '!skip copr-be-dev write-line because x')).toContain('you approved dev-2 as it is');
  });

  it('what reads the facts is neither left out nor done by hand', async () => {
    room.run('dev-1');
    expect(await room.says('alice', '!skip copr-be-dev check-readiness because x')).toContain(
      "everything relies on what copr-be-dev/check-readiness reads, so it can't be left out",
    );
    expect(await room.says('alice', '!done copr-be-dev check-readiness because x')).toContain(
      'what copr-be-dev/check-readiness reads nobody else can know: mend what it says, then !retry',
    );
  });

  it('!rollback is for the driver or an approver, and shows the way back', async () => {
    const history = room.halted('dev-1');
    history.add({
      type: 'intended',
      change: 'copr-be-dev/stop-services/0',
      generation: 1,
      key: 'k',
      request: { kind: 'put', version: 1, args: {} },
      before: null,
      lease: 1,
      sendBy: 0,
    });
    const dev = room.estate.environments.dev!;
    room.estate = {
      ...room.estate,
      environments: { ...room.estate.environments, dev: { ...dev, approvers: ['bob', 'carol'] } },
    };
    expect(await room.says('dan', '!rollback copr-be-dev')).toContain(
      'only its driver or an approver takes dev-1 back',
    );
    expect(await room.says('bob', '!rollback copr-be-dev')).toContain('put service.copr-be-dev from down to up');
    expect(last()).toMatchObject({ type: 'turning-back', how: 'rollback', person: 'bob', targets: ['copr-be-dev'] });
    expect(await room.says('bob', '!rollback dev-1')).toContain('turning back already');
  });

  it('!rollback is refused before the outage, and where something can’t be undone', async () => {
    const history = room.ready('dev-1');
    expect(await room.says('bob', '!rollback dev-1')).toContain('!cancel dev-1 because');
    history.add({ type: 'started', person: 'alice' }, { type: 'outage-begun' });
    history.add(
      { type: 'begun', step: 'copr-be-dev/ring-bell' },
      {
        type: 'intended',
        change: 'copr-be-dev/ring-bell/0',
        generation: 1,
        key: 'k',
        request: { kind: 'ring', version: 1, args: {} },
        before: null,
        lease: 1,
        sendBy: 0,
      },
    );
    expect(await room.says('bob', '!rollback dev-1')).toContain(
      'no whole way back: ring the bell of copr-be-dev: it was heard',
    );
  });
});
