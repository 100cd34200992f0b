import { describe, expect, it } from 'vitest';
import { plainBlock, plainText } from '#chat/body/plain-text.ts';
import { targetBlock } from '#chat/cards/how-far.ts';
import { liveCard } from '#chat/cards/outage.ts';
import { byHandText } from '#chat/cards/plan.ts';
import { requestCards } from '#chat/cards/request.ts';
import { statusBody } from '#chat/cards/status.ts';
import { coprOutlook } from '#chat/copr-outlook.ts';
import { maxText } from '#chat/fitting.ts';
import type { Outlook } from '#chat/outlook.ts';
import { messagesOf } from '#chat/presenter.ts';
import type { PlannedChange } from '#core/change.ts';
import { chatEstate, toyOutlook } from '#test/builders/chat-estate.ts';
import { History, minute } from '#test/builders/history.ts';
import { toyProcedure, toyProposal } from '#test/toy-procedure.ts';

const procedure = toyProcedure();
const drawing = { estate: chatEstate(), procedure, outlook: toyOutlook };
const targets = ['copr-be-dev', 'copr-keygen-dev'];

/** The messages as the room would show them: those in the thread indented, those that notify marked. */
function shown(history: History): string {
  return messagesOf(history.entries, drawing)
    .map(({ id, card, seeds, file }) => {
      const head = `${card.notify ? '[!] ' : ''}${id} ${JSON.stringify(card.field)} to ${[...card.people, ...(card.accounts ?? [])].join(' ') || 'nobody'} ${seeds.join(' ')}`;
      const text = [head.trimEnd(), card.text, ...(file === undefined ? [] : [`(file ${file.name})`])].join('\n');
      return card.where === 'thread' ? text.replace(/^/gm, '    ') : text;
    })
    .join('\n\n');
}

function proposed(): History {
  const proposal = toyProposal(procedure, { id: 'dev-12', environment: 'dev', targets, room: '!work:sim' });
  return new History({ ...proposal, because: 'F41 ends @room <b>now</b>' });
}

function asked(): History {
  const history = proposed();
  for (const target of targets) {
    history.later(38_000).add({
      type: 'facts',
      target,
      facts: { things: {} },
      remarks: target === 'copr-be-dev' ? ['Hot-fix on the old host, in no package: pulp.py'] : [],
    });
    history
      .finish(`${target}/check-readiness`)
      .later(minute)
      .finish(`${target}/make-new`, { id: `m-${target}` });
  }
  return history
    .plan(procedure)
    .later(1_000)
    .add(...history.decide().append);
}

function inOutage(): History {
  const history = asked();
  history.later(minute).approve('r1', 'bob');
  for (const target of targets) history.finish(`${target}/open-door`);
  history.plan(procedure).add(...history.decide().append);
  history
    .later(2 * minute)
    .approve('r2', 'bob')
    .approve('r3', 'carol');
  history.later(minute).add({ type: 'started', person: 'alice' }, { type: 'outage-begun' });
  return history.finish('run/announce-outage');
}

describe('what a room is shown', () => {
  it('a quiet run, from its start to its end', async () => {
    const history = inOutage();
    for (const step of ['stop-services', 'write-line', 'move-parts', 'brew', 'ring-bell', 'check-service']) {
      for (const target of targets) history.later(30_000).finish(`${target}/${step}`);
    }
    history.finish('run/announce-over');
    for (const target of targets) history.later(5_000).finish(`${target}/shut-door`);
    history.add({ type: 'ended', outcome: 'done' });
    await expect(shown(history)).toMatchFileSnapshot('snapshots/quiet-run.txt');
  });

  it('promises no time at which a service is back while a halt waits for people', () => {
    const history = inOutage();
    const step = 'copr-be-dev/stop-services';
    history.add({ type: 'begun', step }, { type: 'halted', step, code: 'busy', sentence: 'it is busy', evidence: [] });
    const live = () => liveCard(history.run, drawing, {}, history.now).text;
    expect(live()).toMatch(/builds +down since \d\d:\d\d, back about [\w ]+ after the halt is dealt with/);
    expect(live()).not.toMatch(/back about \d\d:/);
    history.add({ type: 'retried', step, person: 'alice' }, { type: 'begun', step });
    expect(live()).toMatch(/builds +down since \d\d:\d\d, back about \d\d:\d\d/);
  });

  it('a run with troubles: refusals, a rejection, drift, a halt, a way back', async () => {
    const history = asked();
    history.add({
      type: 'not-counted',
      request: 'r1',
      account: '@mallory:sim',
      why: "not counted, you aren't an approver for dev. Approvers: alice, bob.",
    });
    history.later(15 * minute).add(...history.decide().append);
    history.later(15 * minute).add(...history.decide().append);
    history.add({ type: 'rejected', request: 'r1', person: 'carol', account: '@carol:sim' });
    history.add({
      type: 'requested',
      request: 'r2',
      gates: history.run.requests[0]!.gates,
      askers: ['alice'],
      expiresAt: history.now + 60 * minute,
      because: ['alice asks again'],
    });
    history.add({
      type: 'voided',
      request: 'r2',
      why: 'drift',
      difference: ['copr-be-dev/open-door: now: put door.copr-be-dev from shut to m-7'],
    });
    history.add(...history.decide().append);
    history
      .approve('r3', 'bob')
      .add({ type: 'withdrawn', request: 'r3', person: 'bob', saw: 'their reaction is gone' })
      .approve('r3', 'bob');
    for (const target of targets) history.finish(`${target}/open-door`);
    history.plan(procedure).add(...history.decide().append);
    for (const request of history.run.requests.slice(3)) history.approve(request.request, 'bob');
    history.add({ type: 'started', person: 'alice' }, { type: 'outage-begun' }).finish('run/announce-outage');
    const step = 'copr-be-dev/stop-services';
    const change = `${step}/0`;
    history.later(minute).add(
      { type: 'begun', step },
      {
        type: 'intended',
        change,
        generation: 1,
        key: 'k',
        request: { kind: 'put', version: 1, args: {} },
        before: null,
        lease: 1,
        sendBy: 0,
      },
      { type: 'refused', change, code: 'throttled', sentence: 'Too many toys.', retry: true },
      { type: 'unknown', change, code: 'connection', sentence: 'the connection dropped.' },
      { type: 'found', change, output: {}, saw: 'done, seen after an unclear outcome' },
      {
        type: 'halted',
        step,
        code: 'not-verified',
        sentence: 'httpd still runs',
        evidence: ['httpd.service active\u001b[0m', '@room'],
      },
    );
    history.later(5 * minute).add(...history.decide().append);
    history.later(5 * minute).add(...history.decide().append);
    history.add(
      { type: 'taken', target: 'copr-be-dev', person: 'bob' },
      { type: 'noted', person: 'bob', text: 'looking' },
    );
    history.add(
      { type: 'retried', step, person: 'bob' },
      { type: 'halted', step, code: 'not-verified', sentence: 'httpd still runs', evidence: [] },
    );
    history.add({ type: 'done-by-hand', step, person: 'bob', because: 'killed it' }).later(3_000).finish(step);
    history.add({ type: 'paused', person: 'bob' }, { type: 'resumed', person: 'bob' });
    history.add({ type: 'turning-back', how: 'rollback', person: 'bob', because: null, targets });
    history.add({
      type: 'turned-back',
      targets,
      dropped: Object.values(history.run.steps)
        .filter(one => one.status === 'waiting')
        .map(one => one.node.key),
      nodes: [],
      plans: {},
      shown: true,
    });
    history.add({ type: 'ended', outcome: 'rolled-back' });
    await expect(shown(history)).toMatchFileSnapshot('snapshots/troubled-run.txt');
  });

  it('live message, status and by-hand plan in the middle of an outage', async () => {
    const history = inOutage();
    for (const target of targets) history.later(30_000).finish(`${target}/stop-services`);
    history.add({ type: 'begun', step: 'copr-be-dev/move-parts' }).later(40_000);
    const progress = { 'copr-be-dev/move-parts': 'waiting for 1 process, prunerepo 4121' };
    const { run, now } = history;
    const texts = [
      liveCard(run, drawing, progress, now).text,
      plainText(statusBody(run, drawing, progress, request => `link to ${request}`, now)),
      byHandText(run, drawing),
    ];
    await expect(texts.join('\n\n----\n\n')).toMatchFileSnapshot('snapshots/outage.txt');
  });

  it('the live message says of a target that it goes back, and that it has', () => {
    const history = inOutage().finish('copr-be-dev/stop-services');
    const undo = {
      key: 'copr-be-dev/undo-stop-services',
      step: 'undo-stop-services',
      title: 'Start again',
      gate: undefined,
      target: 'copr-be-dev',
      phase: 'undo' as const,
      danger: 'safe' as const,
      after: [],
    };
    const dropped = Object.values(history.run.steps)
      .filter(one => one.node.target === 'copr-be-dev' && one.status === 'waiting')
      .map(one => one.node.key);
    const plans = { [undo.key]: [] };
    history.add({ type: 'turning-back', how: 'rollback', person: 'bob', because: null, targets: ['copr-be-dev'] });
    history.add({ type: 'turned-back', targets: ['copr-be-dev'], dropped, nodes: [undo], plans, shown: true });
    const line = () =>
      plainBlock(targetBlock(history.run, {}, drawing, history.now)).find(one => one.includes('copr-be-dev'));
    expect(line()).toMatch(/0 of 1 {2}going back; next: undo-stop-services; about 5 s$/);
    history.add({ type: 'begun', step: undo.key });
    expect(line()).toMatch(/0 of 1 {2}going back: undo-stop-services, for 0 s$/);
    history.finish(undo.key);
    expect(line()).toMatch(/1 of 1 {2}gone back$/);
  });

  it('what stands in hot-fixes, as a file in the thread: once, and anew when it has changed', () => {
    const history = proposed();
    const [target = ''] = targets;
    const reads = (text: string | null, remark: string) =>
      history.later(minute).add({
        type: 'facts',
        target,
        facts: { hotFixTexts: [{ path: '/usr/lib/pulp.py', about: '9 bytes', text }] },
        remarks: [remark],
      });
    reads(null, 'a');
    reads('RETRIES=3', 'b');
    reads('RETRIES=3', 'c');
    reads('RETRIES=5', 'd');
    const outlook = { ...toyOutlook, hotFixes: coprOutlook().hotFixes as NonNullable<Outlook['hotFixes']> };
    const files = messagesOf(history.entries, { ...drawing, outlook }).filter(one => one.file !== undefined);
    expect(files.map(one => [one.card.where, one.card.notify, one.file?.name, one.file?.text])).toEqual([
      ['thread', false, 'dev-12-copr-be-dev-hot-fixes.txt', '== /usr/lib/pulp.py: 9 bytes\nRETRIES=3\n'],
      ['thread', false, 'dev-12-copr-be-dev-hot-fixes.txt', '== /usr/lib/pulp.py: 9 bytes\nRETRIES=5\n'],
    ]);
  });

  it('the same journal gives the same messages, drawn whole or bit by bit', () => {
    const { entries } = inOutage();
    const whole = messagesOf(entries, drawing);
    for (let length = 1; length <= entries.length; length += 1) {
      const part = messagesOf(entries.slice(0, length), drawing);
      expect(part).toEqual(whole.slice(0, part.length));
    }
    expect(new Set(whole.map(message => message.id)).size).toBe(whole.length);
  });

  it('a request that doesn’t fit one message is split before it, and names every change whole', () => {
    const history = asked();
    const [key] = history.run.requests[0]!.gates.map(() => 'copr-be-dev/open-door');
    const changes = Array.from({ length: 2_000 }, (_, index): PlannedChange => {
      const args = { thing: `vol-${String(index).padStart(17, '0')}`, from: 'old', to: 'new' };
      return {
        id: `${key}/${index}`,
        kind: 'put',
        version: 1,
        args,
        undo: { impossible: 'no' },
        says: `put ${args.thing}`,
      };
    });
    history.add({ type: 'planned', step: key!, changes });
    const { before, card } = requestCards(history.run, history.run.requests[0]!, drawing, history.now);
    expect(before.length).toBeGreaterThan(1);
    const all = before.map(part => part.text).join('\n');
    for (const change of changes) expect(all).toContain(`- ${change.says}: no`);
    for (const part of [...before, card]) expect(Buffer.byteLength(part.text)).toBeLessThanOrEqual(maxText);
  });
});
