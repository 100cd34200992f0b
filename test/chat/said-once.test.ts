import { expect, test } from 'vitest';
import { plainText } from '#chat/body/plain-text.ts';
import { requestCards } from '#chat/cards/request.ts';
import { remindedCard } from '#chat/cards/request-news.ts';
import { statusBody } from '#chat/cards/status.ts';
import { waitsFor, whoMustAct } from '#chat/cards/waiting.ts';
import type { NewEntry } from '#core/entries.ts';
import type { Run } from '#core/run.ts';
import { chatEstate, toyOutlook } from '#test/builders/chat-estate.ts';
import { History } from '#test/builders/history.ts';
import { begun, outageAsked, started, toys } from '#test/builders/toy-history.ts';

const toyEstate = chatEstate();
const dev = toyEstate.environments.dev!;
const estate = { ...toyEstate, environments: { ...toyEstate.environments, toys: { ...dev, name: 'toys' } } };
const drawing = (...open: readonly Run[]) => ({ estate, procedure: toys, outlook: toyOutlook, open: () => open });

/** Another run of the environment, as far as a history goes. */
const another = (history: History): Run =>
  new History({ ...history.entries[0], id: 'toys-2' } as NewEntry, ...(history.entries.slice(1) as NewEntry[])).run;

const approved = () => outageAsked().approve('r2', 'bob').approve('r3', 'bob');

test('!start is offered where nothing else is started, and of no run beside another’s outage', () => {
  const { run, now } = approved();
  expect(waitsFor(run, drawing(), now).map(one => one.can)).toEqual(['!start toys-1']);
  expect(waitsFor(run, drawing(run, another(approved())), now).map(one => one.can)).toEqual(['!start toys-1']);
  for (const other of [another(started()), another(begun())]) {
    const beside = drawing(run, other);
    expect(waitsFor(run, beside, now)).toMatchObject([{ can: '', says: expect.stringContaining("end of toys-2's") }]);
    expect(whoMustAct(run, beside, now)).toBe('Nobody needs to act.');
    expect(plainText(statusBody(run, beside, {}, () => undefined, now))).not.toContain('!start');
  }
});

test('what is left out stands in a request once, and why it is asked again beside it', () => {
  const history = outageAsked().add({
    type: 'skipped',
    step: 'pot/write-line',
    person: 'carol',
    because: 'no ink',
    request: null,
  });
  history.plan(toys).add(...history.decide().append);
  const text = (request: number) =>
    requestCards(history.run, history.run.requests[request]!, drawing(), history.now).card.text;
  const again = history.run.requests.findIndex(one => one.because.length > 0);
  expect(text(again)).toContain('NOT as planned:\n  - pot/write-line: left out by carol because “no ink”');
  expect(text(again)).toContain('\nAsked again: for what is not as planned\n');
  expect(text(again).match(/no ink/g)).toHaveLength(1);
  const request = history.run.requests[again]!;
  const other = { ...request, because: [...request.because, 'alice asks again'] };
  expect(requestCards(history.run, other, drawing(), history.now).card.text).toContain(
    '\nAsked again: alice asks again\n',
  );
});

test('a reminder says which kept instance is the old one, and which was turned back from', () => {
  const history = begun(['pot', 'pan'])
    .add({ type: 'turning-back', how: 'rollback', person: 'bob', because: null, targets: ['pan'] })
    .add({ type: 'turned-back', targets: ['pan'], dropped: [], nodes: [], plans: {}, shown: true })
    .add({ type: 'ended', outcome: 'done' });
  const reminded = (...targets: string[]) => {
    const entry = { type: 'reminded', about: 'retire', nth: 1, people: [], targets } as const;
    return remindedCard(history.run, entry, drawing(), history.now).text;
  };
  expect(reminded('pot', 'pan')).toContain(
    'the old instance of pot and the turned-back new instance of pan are still kept. When nobody needs to go back: !retire pot pan',
  );
  expect(reminded('pan')).toContain('and the turned-back new instance of pan is still kept.');
});
