import { beforeEach, describe, expect, it } from 'vitest';
import type { What } from '#core/entries.ts';
import type { Returns } from '#engine/plan-step.ts';
import { Dispatching } from '#test/builders/dispatching.ts';
import { History } from '#test/builders/history.ts';
import { toyProposal } from '#test/toy-procedure.ts';

let room: Dispatching;
let returns: { whyNot: Returns['whyNot']; lost: Returns['lost'] };

beforeEach(() => {
  room = new Dispatching();
  returns = { whyNot: () => [], lost: () => 'nothing: the pots move back' };
  Object.assign(room.procedure, { returns });
});

const done = (id: string, targets?: readonly string[]) => room.run(id, targets).add({ type: 'ended', outcome: 'done' });

function other(id: string, what: What): History {
  const proposal = toyProposal(room.procedure, { id, environment: 'dev', targets: ['copr-be-dev'] });
  const history = new History({ ...proposal, what }).later(60_000);
  room.runs.histories.push(history);
  return history;
}

describe('!rollback of an upgrade that has ended', () => {
  it('proposes a return of the target that is named, or of all of the run, by whoever may ask', async () => {
    done('dev-1', ['copr-be-dev', 'copr-keygen-dev']);
    expect(await room.says('dan', '!rollback copr-be-dev because it is slow')).toBe('');
    expect(room.runs.proposed).toMatchObject([
      { what: 'return', environment: 'dev', targets: ['copr-be-dev'], asker: 'dan', because: 'it is slow' },
    ]);
    await room.says('dan', '!rollback dev-1');
    expect(room.runs.proposed.at(-1)).toMatchObject({ targets: ['copr-be-dev', 'copr-keygen-dev'] });
    expect(await room.says('mallory', '!rollback copr-be-dev')).toContain('!rollback is only for');
    expect(room.runs.proposed).toHaveLength(2);
  });

  it('goes back from the upgrade whose old instance is kept, whatever was cancelled since', async () => {
    done('dev-1');
    other('dev-2', 'upgrade').add({ type: 'ended', outcome: 'cancelled' });
    other('dev-3', 'retirement').add({ type: 'ended', outcome: 'cancelled' });
    await room.says('alice', '!rollback copr-be-dev');
    expect(room.runs.proposed).toMatchObject([{ what: 'return', targets: ['copr-be-dev'] }]);
    expect(await room.says('alice', '!rollback dev-2')).toContain('copr-be-dev turned back in dev-2');
  });

  it('is refused once it was removed, and what is cancelled after that changes nothing', async () => {
    done('dev-1');
    other('dev-2', 'retirement').add({ type: 'ended', outcome: 'done' });
    other('dev-3', 'upgrade').add({ type: 'ended', outcome: 'cancelled' });
    for (const of of ['copr-be-dev', 'dev-1', 'copr-be-dev preview'])
      expect(await room.says('alice', `!rollback ${of}`)).toContain(
        'the old instance of copr-be-dev was removed in dev-2',
      );
    expect(room.runs.proposed).toEqual([]);
  });

  it('means no ended run that nothing names', async () => {
    done('dev-1');
    expect(await room.says('alice', '!rollback')).toContain('no run is open here');
    expect(room.runs.proposed).toEqual([]);
    expect(await room.says('alice', '!rollback', { thread: '$thread-dev-1' })).toBe('');
    expect(room.runs.proposed).toHaveLength(1);
  });

  it('of a target that an open run has is about that run', async () => {
    done('dev-1');
    other('dev-2', 'return');
    expect(await room.says('alice', '!rollback copr-be-dev')).toContain('no outage of dev-2 has begun: !cancel dev-2');
    expect(room.runs.proposed).toEqual([]);
  });

  it('preview shows its steps and what is lost, and proposes nothing', async () => {
    done('dev-1');
    const text = await room.says('bob', '!rollback copr-be-dev preview');
    expect(text).toContain('would be a run of its own; nothing is done by this.');
    expect(text).toContain('Lost by going back: nothing: the pots move back.');
    expect(text).toContain('Propose it: !rollback copr-be-dev');
    expect(text).toMatch(/^ {2}copr-be-dev\/stop-services, OUTAGE, about /m);
    expect(room.runs.proposed).toEqual([]);
  });
});

describe('what can be gone back from is said, and nothing else', () => {
  it.each([
    ['it can', [] as string[], true],
    ['it can’t', ['it was heard'], false],
  ])('by !targets, !status and the last message, where %s', async (_what, impossible, said) => {
    returns.whyNot = () => impossible;
    const history = done('dev-1');
    expect((await room.says('bob', '!targets dev')).includes('!rollback copr-be-dev goes back')).toBe(said);
    expect((await room.says('bob', '!status dev-1')).includes('Until then !rollback copr-be-dev goes back')).toBe(said);
    expect(await room.says('bob', '!status dev-1')).toContain('Old instances are kept: !retire copr-be-dev');
    expect(history.run.ended?.outcome).toBe('done');
  });

  it('no more by any of them once it went back: what is kept then is the new one', async () => {
    done('dev-1');
    other('dev-2', 'return').add({ type: 'ended', outcome: 'done' });
    expect(await room.says('bob', '!targets dev')).not.toContain('!rollback');
    for (const run of ['dev-1', 'dev-2'])
      expect(await room.says('bob', `!status ${run}`)).not.toContain('Old instances');
  });
});
