import { describe, expect, it } from 'vitest';
import { haltCard } from '#chat/cards/halt.ts';
import { coprOutlook } from '#chat/copr-outlook.ts';
import { remaining } from '#chat/outlook.ts';
import type { PlannedChange } from '#core/change.ts';
import type { Graph, Phase } from '#core/graph.ts';
import type { JsonObject } from '#core/json.ts';
import { chatEstate } from '#test/builders/chat-estate.ts';
import { History, minute } from '#test/builders/history.ts';
import { toyProcedure, toyProposal } from '#test/toy-procedure.ts';

const procedure = toyProcedure();
const target = 'copr-be-dev';
const facts = {
  old: { instance: 'i-old', privateIp: '172.30.2.1', fedora: 41 },
  image: { release: 43 },
  address: { publicIp: '18.208.10.131' },
  temporaryAddress: null,
};

function upgrade(): History {
  const graph: Record<string, Graph[string]> = {};
  const add = (step: string, phase: Phase, after: string[]) => {
    const key = `${target}/${step}`;
    const node = { key, target, step, title: step, phase, danger: 'safe', gate: undefined } as const;
    graph[key] = { ...node, after: after.map(one => `${target}/${one}`) };
  };
  add('check-readiness', 'prepare', []);
  add('launch-instance', 'prepare', ['check-readiness']);
  add('apply-hot-fixes', 'prepare', ['check-readiness']);
  add('unmount-data', 'outage', []);
  add('move-address', 'outage', ['unmount-data']);
  add('provision', 'outage', ['move-address']);
  const history = new History(toyProposal(procedure, { id: 'dev-1', environment: 'dev', targets: [target], graph }));
  history.add({ type: 'facts', target, facts, remarks: [] }).finish(`${target}/check-readiness`);
  return history.finish(`${target}/launch-instance`, { instance: 'i-new', privateIp: '172.30.2.2' });
}

function planned(history: History, step: string, args: JsonObject): History {
  const change: PlannedChange = {
    ...{ id: `${target}/${step}/0`, kind: 'put', version: 1, args },
    ...{ undo: { rule: 'as it was' }, says: 'put it' },
  };
  return history.add({ type: 'planned', step: `${target}/${step}`, changes: [change] });
}

const sshTo = (history: History, step: string) => coprOutlook().sshTo(history.run, history.step(`${target}/${step}`));

/** The line of a halt card that begins with a word. */
function haltLine(history: History, step: string, sentence: string, line: string): string | undefined {
  const key = `${target}/${step}`;
  history.add({ type: 'halted', step: key, code: 'x', sentence, evidence: ['last line'] });
  const drawing = { estate: chatEstate(), procedure, outlook: coprOutlook(60) };
  const { text } = haltCard(history.run, history.step(key), drawing, history.now);
  return text.split('\n').find(one => one.startsWith(line) || one.includes(line));
}

describe('where people look', () => {
  it('on the old host at its address until that has moved, then at its private one', () => {
    const history = planned(upgrade(), 'unmount-data', { host: { instance: 'i-old' } });
    expect(sshTo(history, 'unmount-data')).toBe('18.208.10.131');
    history.finish(`${target}/move-address`);
    expect(sshTo(history, 'unmount-data')).toBe('172.30.2.1');
  });

  it('on the new host at its private address until the target’s has moved there', () => {
    const history = planned(upgrade(), 'unmount-data', { instance: 'i-new' });
    expect(sshTo(history, 'unmount-data')).toBe('172.30.2.2');
    history.finish(`${target}/move-address`);
    expect(sshTo(history, 'unmount-data')).toBe('18.208.10.131');
  });

  it('a playbook fails on the host that it is limited to, whichever target’s that is', () => {
    const history = planned(upgrade(), 'provision', { host: { host: 'batcave01' }, limit: 'keygen.example.org' });
    expect(sshTo(history, 'provision')).toBe('keygen.example.org');
  });
});

describe('a halt', () => {
  it('names the journal of the unit that failed', () => {
    const history = planned(upgrade(), 'provision', { limit: 'be.example.org' });
    const look = haltLine(history, 'provision', 'resalloc.service failed, exit 1', 'Look:');
    expect(look).toContain('ssh root@be.example.org journalctl -u resalloc -n 50');
  });

  it('takes no file for a unit', () => {
    const history = planned(upgrade(), 'provision', { limit: 'be.example.org' });
    const look = haltLine(history, 'provision', 'roles/base/files/crond.service of sshd.conf', 'Look:');
    expect(look).toContain('journalctl -b -n 50');
  });

  it('offers no way around a step that reads the facts', () => {
    const history = upgrade();
    history.add({ type: 'planned', step: `${target}/check-readiness`, changes: [] });
    expect(haltLine(history, 'check-readiness', 'there is no image', 'Then:')).toBe(
      'Then: !retry copr-be-dev, or !cancel dev-1 because …',
    );
  });

  it('while preparing says what goes on, and offers to leave a safe step out', () => {
    const history = upgrade();
    history.add({ type: 'planned', step: `${target}/apply-hot-fixes`, changes: [] });
    expect(haltLine(history, 'apply-hot-fixes', 'a file was changed', 'Then:')).toBe(
      'Then: !retry copr-be-dev, or !done copr-be-dev apply-hot-fixes because …, or !skip copr-be-dev apply-hot-fixes because …, or !cancel dev-1 because …',
    );
    expect(haltLine(history, 'apply-hot-fixes', 'a file was changed', 'waits until')).toBe(
      'What needs apply-hot-fixes waits until you say so.',
    );
  });
});

describe('estimates', () => {
  it('are divided by the speed of a pretended world', () => {
    expect(coprOutlook(60).stepTime('provision')).toBe(12_000);
    expect(coprOutlook(60).backTime('provision')).toBe(1_000);
  });

  it('count what has run off, and never say that nothing is left', () => {
    const history = upgrade().finish(`${target}/unmount-data`).finish(`${target}/move-address`);
    history.add({ type: 'planned', step: `${target}/provision`, changes: [] });
    history.add({ type: 'begun', step: `${target}/provision` });
    const left = () => remaining(history.run, ['outage'], coprOutlook(), history.now);
    expect(left()).toBe(12 * minute);
    history.later(5 * minute);
    expect(left()).toBe(7 * minute);
    history.later(60 * minute);
    expect(left()).toBe(1.2 * minute);
  });

  it('the releases stand in the facts', () => {
    expect(coprOutlook().releases(facts)).toEqual({ from: 41, to: 43 });
    expect(coprOutlook().releases({})).toBeUndefined();
  });
});
