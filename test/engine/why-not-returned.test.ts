import { describe, expect, it } from 'vitest';
import type { What } from '#core/entries.ts';
import type { Procedure } from '#engine/plan-step.ts';
import { whyNotReturned } from '#engine/why-not-returned.ts';
import { History } from '#test/builders/history.ts';
import { toyProcedure, toyProposal } from '#test/toy-procedure.ts';

const toys = toyProcedure();
const able: Procedure = { ...toys, returns: { whyNot: () => [], lost: () => 'nothing' } };

function run(id: string, what: What, outcome?: 'done' | 'cancelled' | 'rolled-back', targets = ['pot']): History {
  const history = new History({ ...toyProposal(toys, { targets }), id, what });
  return outcome === undefined ? history : history.add({ type: 'ended', outcome });
}

const why = (of: History, later: readonly History[] = [], procedure: Procedure = able) =>
  whyNotReturned(of.run, 'pot', [...later.map(one => one.run), of.run], procedure);

describe('from an upgrade that is over a target can go back', () => {
  const upgrade = run('toy-1', 'upgrade', 'done');

  it('while nothing came after it, or what came was cancelled or went back', () => {
    expect(why(upgrade)).toBeUndefined();
    expect(why(upgrade, [run('toy-2', 'retirement', 'cancelled')])).toBeUndefined();
    expect(why(upgrade, [run('toy-2', 'upgrade', 'done', ['pan'])])).toBeUndefined();
    const turned = run('toy-2', 'return').add(
      { type: 'turning-back', how: 'rollback', person: 'bob', because: null, targets: ['pot'] },
      { type: 'turned-back', targets: ['pot'], dropped: [], nodes: [], plans: {}, shown: true },
      { type: 'ended', outcome: 'rolled-back' },
    );
    expect(why(upgrade, [turned])).toBeUndefined();
  });

  it.each<[What, RegExp]>([
    ['retirement', /^the old instance of pot was removed in toy-2: nothing is left to go back to\.$/],
    ['return', /^pot went back already, in toy-2\.$/],
    ['upgrade', /^toy-2 has upgraded pot since: !rollback pot goes back from that one\.$/],
  ])('not after a finished %s', (what, sentence) => {
    expect(why(upgrade, [run('toy-2', what, 'done')])).toMatch(sentence);
  });

  it.each<What>(['retirement', 'return', 'upgrade'])('not while a %s has it in hand', what => {
    expect(why(upgrade, [run('toy-2', what)])).toBe('toy-2 has pot in hand: !status toy-2.');
  });

  it('not where what the upgrade did can’t be gone back from: the procedure says why', () => {
    const unable = { ...able, returns: { whyNot: () => ['the bell was heard', 'twice'], lost: () => '' } };
    expect(why(upgrade, [], unable)).toBe("pot can't go back from toy-1: the bell was heard; twice.");
  });

  it('not by a procedure that has no returns', () => {
    expect(why(upgrade, [], toys)).toBe('toy-1 has ended.');
  });
});

describe('there is no going back', () => {
  it('from a retirement, a return, or a run that went back itself', () => {
    expect(why(run('toy-1', 'retirement', 'done'))).toContain('was removed in toy-1');
    expect(why(run('toy-1', 'retirement', 'cancelled'))).toContain('toy-1 is a retirement');
    expect(why(run('toy-1', 'return', 'done'))).toContain('went back already, in toy-1');
    expect(why(run('toy-1', 'upgrade', 'cancelled'))).toContain('turned back in toy-1');
  });

  it('by what bears no seal', () => {
    const { run: strange } = run('toy-1', 'upgrade', 'done');
    expect(whyNotReturned({ ...strange, strange: 'entry 2 bears no seal' }, 'pot', [], able)).toContain('no seal');
  });
});
