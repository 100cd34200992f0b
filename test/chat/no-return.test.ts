import { expect, it } from 'vitest';
import { requestCards } from '#chat/cards/request.ts';
import type { Graph, Node } from '#core/graph.ts';
import { chatEstate, toyOutlook } from '#test/builders/chat-estate.ts';
import { History } from '#test/builders/history.ts';
import { toyProcedure, toyProposal } from '#test/toy-procedure.ts';

const target = 'copr-be-dev';
const procedure = toyProcedure();
const drawing = {
  estate: chatEstate(),
  procedure,
  outlook: toyOutlook,
};

/** Prepared, with OUTAGE, STORAGE, ADDRESS and DATABASE asked for; the line that is written keeps what the bell changes. */
function asked(): History {
  const nodes = procedure.nodes([target]);
  const graph: Graph = Object.fromEntries(
    nodes.map((node): [string, Node] => [node.key, node.step === 'write-line' ? { ...node, saves: 'database' } : node]),
  );
  const history = new History(toyProposal(procedure, { id: 'dev-1', environment: 'dev', targets: [target], graph }));
  history.add({ type: 'facts', target, facts: { things: {} }, remarks: [] });
  history.finish(`${target}/check-readiness`).finish(`${target}/make-new`, { id: 'm-1' });
  history.plan(procedure);
  history
    .add(...history.decide().append)
    .approve('r1', 'bob')
    .finish(`${target}/open-door`);
  history.plan(procedure);
  return history.add(...history.decide().append);
}

it('each request of a run with DATABASE says from where on only the own way back is left, and what it costs', () => {
  const history = asked();
  const texts = history.run.requests.map(one => requestCards(history.run, one, drawing, history.now).card.text);
  expect(texts).toHaveLength(3);
  for (const text of texts) {
    expect(text).toMatch(
      /From copr-be-dev\/ring-bell on, about 14 min into the outage, there is no whole way back of copr-be-dev: what it changes comes back only from what write-line keeps, by hand, which loses all that was written since\./,
    );
  }
});

it('where the procedure has a step that brings it back, each names that, what it takes, and that a second person agrees', () => {
  const history = asked();
  const restore = { step: 'move-parts', from: 'write-line', kinds: ['ring'], foundToo: [], insteadOf: 'brew' };
  const wayBack = { ...procedure.wayBack!, restore };
  for (const request of history.run.requests) {
    const { text } = requestCards(
      history.run,
      request,
      { ...drawing, procedure: { ...procedure, wayBack } },
      history.now,
    ).card;
    expect(text).toMatch(
      /From copr-be-dev\/ring-bell on, about 14 min into the outage, the way back of copr-be-dev is by move-parts, from what write-line keeps: it loses all that was written since, takes about \d+ \w+ more, and a second person agrees to it first\./,
    );
  }
});

it('once its steps are over, or left out, nothing is said of it', () => {
  const history = asked();
  history.add({ type: 'skipped', step: `${target}/ring-bell`, person: 'bob', because: 'x', request: null });
  const [, outage] = history.run.requests;
  expect(requestCards(history.run, outage!, drawing, history.now).card.text).not.toContain('no whole way back');
});
