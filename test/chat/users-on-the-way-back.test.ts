import { describe, expect, it } from 'vitest';
import { phaseOf } from '#chat/cards/outage.ts';
import { usersStatus } from '#chat/cards/status.ts';
import { serviceStates } from '#chat/outlook.ts';
import type { NewEntry } from '#core/entries.ts';
import { wayBack } from '#engine/turn-back.ts';
import { chatEstate, toyOutlook } from '#test/builders/chat-estate.ts';
import { History, minute } from '#test/builders/history.ts';
import { toyProcedure, toyProposal } from '#test/toy-procedure.ts';

const [pot, pan] = ['copr-be-dev', 'copr-keygen-dev'];
const procedure = toyProcedure();
const drawing = { estate: chatEstate(), procedure, outlook: toyOutlook };

/** A run of two targets whose outage has begun. Of the toys, builds are down from stop-services, repositories while parts move. */
function outage(): History {
  const history = new History(toyProposal(procedure, { id: 'dev-1', environment: 'dev', targets: [pot, pan] }));
  for (const { key, phase } of procedure.nodes([pot, pan])) if (phase === 'prepare') history.finish(key);
  return history.add({ type: 'started', person: 'alice' }, { type: 'outage-begun' }).finish('run/announce-outage');
}

function does(history: History, target: string, ...steps: string[]): History {
  for (const step of steps) {
    const key = `${target}/${step}`;
    const change = { id: `${key}/0`, kind: 'put', version: 1, args: { thing: key, from: 'a', to: 'b' }, says: key };
    const undo = { change: { kind: 'put', version: 1, args: { thing: key, from: 'b', to: 'a' } } };
    const made: NewEntry[] = [
      { type: 'planned', step: key, changes: [{ ...change, undo }] },
      { type: 'begun', step: key },
      { type: 'made', change: change.id, output: {} },
    ];
    history.add(...made, { type: 'finished', step: key, outputs: {}, note: null }).later(minute);
  }
  return history;
}

function turnsBack(history: History, ...targets: string[]): History {
  history.add({ type: 'turning-back', how: 'rollback', person: 'bob', because: null, targets });
  return history.add({ type: 'turned-back', targets, ...wayBack(history.run, targets, procedure) });
}

const states = ({ run, now }: History) =>
  Object.fromEntries(serviceStates(run, toyOutlook, now).map(state => [state.service, state]));

describe('what users have on a way back', () => {
  it('what was down when a target turned back stays so until its old instance is checked, though its last step never came', () => {
    const history = outage();
    does(history, pot, 'stop-services', 'move-parts');
    turnsBack(history, pot);
    expect(states(history).repositories?.downSince).toBeDefined();
    expect(states(history).builds?.downSince).toBeDefined();
    for (const step of ['undo-move-parts', 'undo-stop-services']) history.finish(`${pot}/${step}`);
    expect(states(history).repositories?.downSince).toBeDefined();
    history.later(minute).finish(`${pot}/check-old`);
    expect(states(history).repositories).toMatchObject({ downSince: undefined, upSince: history.now });
  });

  it('what had come back goes down once more with the first undo step, and status says so', () => {
    const history = outage();
    for (const target of [pot, pan]) {
      does(history, target, 'stop-services', 'write-line', 'move-parts', 'brew');
      history.finish(`${target}/ring-bell`);
      history.finish(`${target}/check-service`);
    }
    history.finish('run/announce-over');
    expect(phaseOf(history.run)).toBe('settle');
    const says = () => usersStatus([history.run], drawing, () => '', history.now);
    expect(says()).toContain('No outage is on.');
    history.later(30 * minute);
    turnsBack(history, pot, pan);
    expect(phaseOf(history.run)).toBe('outage');
    expect(says()).toMatch(/builds: up, down for a while from about/);
    history.add({ type: 'begun', step: `${pot}/undo-brew` }).later(minute);
    expect(says()).toMatch(
      /outage since 16:3\d UTC:\n.*web and API: up\n.*builds: down, back about .*\n.*repositories: down/,
    );
  });

  it('what the outage never took down isn’t called down on its way back', () => {
    const history = outage();
    does(history, pot, 'stop-services');
    turnsBack(history, pot);
    expect(states(history).repositories).toMatchObject({ downSince: undefined, length: expect.any(Number) });
    expect(states(history).builds?.downSince).toBeDefined();
  });
});
