import { expect, it } from 'vitest';
import { stepNews } from '#chat/cards/step-news.ts';
import { messagesOf } from '#chat/presenter.ts';
import type { NewEntry } from '#core/entries.ts';
import type { Node } from '#core/graph.ts';
import { chatEstate, toyOutlook } from '#test/builders/chat-estate.ts';
import { History } from '#test/builders/history.ts';
import { toyProcedure, toyProposal } from '#test/toy-procedure.ts';

const procedure = toyProcedure();
const drawing = { estate: chatEstate(), procedure, outlook: toyOutlook };
const step = 'copr-be-dev/move-parts';

function moving(): History {
  const history = new History(toyProposal(procedure, { id: 'dev-1', environment: 'dev', targets: ['copr-be-dev'] }));
  const put = (index: number) => ({
    id: `${step}/${index}`,
    kind: 'put',
    version: 1,
    args: {},
    undo: { rule: 'as it was' },
    says: `put ${index}`,
  });
  return history.add({ type: 'planned', step, changes: [put(0), put(1)] }, { type: 'begun', step });
}

/** What the thread hears of the last of some entries. */
function heard(...entries: NewEntry[]): string | undefined {
  const history = moving().add(...entries);
  return stepNews(history.run, history.entries.at(-1)!)?.text;
}

const refused = (code: string): NewEntry => ({
  type: 'refused',
  change: `${step}/0`,
  code,
  sentence: 'no',
  retry: true,
});
const found = (index: number): NewEntry => ({
  type: 'found',
  change: `${step}/${index}`,
  output: {},
  saw: 'already so',
});
const finished: NewEntry = { type: 'finished', step, outputs: {}, note: null };

it('a refusal is told once, and one that never left the process never', () => {
  expect(heard(refused('throttled'))).toContain('refused (throttled): no. I try again.');
  expect(heard(refused('throttled'), refused('throttled'))).toBeUndefined();
  expect(heard(refused('not-sent'))).toBeUndefined();
});

it('what was found done is no news, unless it is all that a gated step would do', () => {
  expect(heard(found(0))).toBeUndefined();
  expect(heard(found(0), { type: 'made', change: `${step}/1`, output: {} }, finished)).toBeUndefined();
  expect(heard(found(0), found(1), finished)).toContain('All of it was found done already');
});

it('what is left out is told, with who approves nothing any more', () => {
  const skipped = (person: string): NewEntry => ({
    type: 'skipped',
    step: 'copr-be-dev/write-line',
    person,
    because: 'x',
    request: null,
  });
  expect(heard(skipped('alice'))).toContain('“x”. alice may approve nothing that is asked from now on.');
  expect(heard(skipped('carol'))).toContain('“x”. alice and carol may approve nothing that is asked from now on.');
});

it('the way back is told in the order in which it is gone', () => {
  const node = (name: string): Node => ({
    key: `copr-be-dev/${name}`,
    step: name,
    title: name,
    gate: undefined,
    target: 'copr-be-dev',
    phase: 'undo',
    danger: 'safe',
    after: [],
  });
  const undo = (name: string) => [
    { id: `copr-be-dev/${name}/0`, kind: 'put', version: 1, args: {}, undo: { rule: '' }, says: name },
  ];
  const plans = { 'copr-be-dev/undo-a': undo('undo-a'), 'copr-be-dev/undo-b': undo('undo-b') };
  const nodes = [node('undo-b'), node('undo-a')];
  expect(heard({ type: 'turned-back', targets: ['copr-be-dev'], dropped: [], nodes, plans, shown: true })).toContain(
    '2 changes:\n  undo-b\n  undo-a',
  );
});

it('an unclear outcome is told, and what a look then found', () => {
  const unknown: NewEntry = { type: 'unknown', change: `${step}/0`, code: 'connection', sentence: 'it dropped' };
  expect(heard(unknown)).toContain('outcome unknown');
  expect(heard(unknown, { type: 'made', change: `${step}/0`, output: {} })).toContain('looked, it was done');
});

it('a failure that halts is told by the halt alone, a lost attempt by itself', () => {
  const failed = (code: string): NewEntry => ({
    type: 'failed',
    change: `${step}/0`,
    generation: 1,
    code,
    sentence: 'its process is gone',
  });
  expect(heard(failed('playbook-failed'))).toBeUndefined();
  expect(heard(failed('lost'))).toContain('attempt 1 was lost: its process is gone. I begin it anew.');
});

it('what can’t be drawn is said, and all after it is shown', () => {
  const history = moving().add({ type: 'noted', person: 'bob', text: 'one' }, { type: 'outage-begun' });
  history.add({ type: 'noted', person: 'bob', text: 'two' });
  let calls = 0;
  const stepTime = () => {
    calls += 1;
    if (calls > 1) throw new Error('no time');
    return 0;
  };
  const broken = { ...drawing, outlook: { ...toyOutlook, stepTime } };
  const texts = messagesOf(history.entries, broken).map(message => message.card.text);
  expect(texts).toContainEqual(expect.stringContaining("(outage-begun) can't be shown: no time"));
  expect(texts.at(-1)).toContain('two');
});
