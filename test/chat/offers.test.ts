import { describe, expect, it } from 'vitest';
import { plainText } from '#chat/body/plain-text.ts';
import { haltCard } from '#chat/cards/halt.ts';
import { liveCard } from '#chat/cards/outage.ts';
import { statusBody } from '#chat/cards/status.ts';
import { messagesOf } from '#chat/presenter.ts';
import type { NewEntry } from '#core/entries.ts';
import { wayBack } from '#engine/turn-back.ts';
import { Dispatching } from '#test/builders/dispatching.ts';
import type { History } from '#test/builders/history.ts';

const target = 'copr-be-dev';
const other = 'copr-keygen-dev';

interface Scene {
  readonly room: Dispatching;
  readonly run: History;
}

/** A step halts, after it began where that is so. */
function halts({ run }: Scene, key: string, begun = true): void {
  const step = run.run.steps[key];
  if (begun && step?.status === 'waiting') run.add({ type: 'begun', step: key });
  run.add({ type: 'halted', step: key, code: 'x', sentence: 'it is odd', evidence: ['a line'] });
}

/** The outage has begun, and steps of a target are done up to one. */
function outage(scene: Scene, of: string, until: string): void {
  const { run } = scene;
  if (run.run.outageBegun === undefined) {
    run.add({ type: 'started', person: 'alice' }, { type: 'outage-begun' }).finish('run/announce-outage');
  }
  for (const step of ['stop-services', 'write-line', 'move-parts', 'brew', 'ring-bell', 'check-service']) {
    if (step === until) return;
    does(run, `${of}/${step}`);
  }
}

/** A step is done, its changes made with what their inverses need. */
function does(run: History, key: string): void {
  const { plan = [], status } = run.step(key);
  if (status === 'waiting') run.add({ type: 'begun', step: key });
  for (const { id } of plan) run.add(intended(id), { type: 'made', change: id, output: { id: 'm-1' } });
  run.add({ type: 'finished', step: key, outputs: {}, note: null });
}

function intended(change: string): NewEntry {
  const request = { kind: 'put', version: 1, args: {} };
  return { type: 'intended', change, generation: 1, key: change, request, before: null, lease: 1, sendBy: 0 };
}

function turnsBack({ room, run }: Scene, ...targets: string[]): void {
  run.add({ type: 'turning-back', how: 'rollback', person: 'bob', because: null, targets });
  const back = wayBack(run.run, targets, room.procedure);
  run.add({ type: 'turned-back', targets, ...back });
}

/** Each kind of halt: the scene, and the step that it is about. */
const kinds: readonly (readonly [string, readonly string[], (scene: Scene) => string, early?: boolean])[] = [
  [
    'of what reads the facts',
    [target],
    scene => {
      halts(scene, `${target}/check-readiness`);
      return `${target}/check-readiness`;
    },
    true,
  ],
  [
    'of a safe step while preparing',
    [target],
    scene => {
      scene.run.finish(`${target}/check-readiness`);
      halts(scene, `${target}/make-new`);
      return `${target}/make-new`;
    },
    true,
  ],
  [
    'behind LIVE, before it began',
    [target],
    scene => {
      scene.run.finish(`${target}/check-readiness`).finish(`${target}/make-new`, { id: 'm' });
      halts(scene, `${target}/open-door`, false);
      return `${target}/open-door`;
    },
    true,
  ],
  [
    'in the outage, with a whole way back',
    [target],
    scene => {
      outage(scene, target, 'brew');
      halts(scene, `${target}/brew`);
      return `${target}/brew`;
    },
  ],
  [
    'in the outage, after what can’t be undone',
    [target],
    scene => {
      outage(scene, target, 'check-service');
      halts(scene, `${target}/check-service`);
      return `${target}/check-service`;
    },
  ],
  [
    'of one target, the other halted, too',
    [target, other],
    scene => {
      outage(scene, target, 'brew');
      outage(scene, other, 'move-parts');
      halts(scene, `${other}/move-parts`);
      halts(scene, `${target}/brew`);
      return `${target}/brew`;
    },
  ],
  [
    'of a step of the run, a target halted, too',
    [target, other],
    scene => {
      outage(scene, target, 'brew');
      halts(scene, `${target}/brew`);
      halts(scene, 'run/announce-over', false);
      return 'run/announce-over';
    },
  ],
  [
    'in a pause',
    [target],
    scene => {
      outage(scene, target, 'brew');
      halts(scene, `${target}/brew`);
      scene.run.add({ type: 'paused', person: 'alice' });
      return `${target}/brew`;
    },
  ],
  [
    'after the outage',
    [target],
    scene => {
      outage(scene, target, 'ring-bell');
      scene.run.add({ type: 'skipped', step: `${target}/ring-bell`, person: 'bob', because: 'x', request: null });
      scene.run.finish(`${target}/check-service`).finish('run/announce-over');
      halts(scene, `${target}/shut-door`);
      return `${target}/shut-door`;
    },
  ],
  [
    'on the way back',
    [target],
    scene => {
      outage(scene, target, 'brew');
      turnsBack(scene, target);
      halts(scene, `${target}/undo-move-parts`);
      return `${target}/undo-move-parts`;
    },
  ],
  [
    'of the check at the end of a way back, the other target going on',
    [target, other],
    scene => {
      outage(scene, target, 'brew');
      outage(scene, other, 'brew');
      turnsBack(scene, target);
      for (const { node, status } of Object.values(scene.run.run.steps))
        if (node.target === target && node.phase === 'undo' && node.undoes === 'outage' && status === 'waiting')
          if (node.step !== 'check-old') does(scene.run, node.key);
      halts(scene, `${target}/check-old`);
      return `${target}/check-old`;
    },
  ],
];

/** @param isEarly it isn't prepared yet; otherwise it is ready for its start. */
function sceneOf(targets: readonly string[], arrange: (scene: Scene) => string, isEarly = false) {
  const room = new Dispatching();
  const run = isEarly ? room.run('dev-1', targets) : room.ready('dev-1', targets);
  const key = arrange({ room, run });
  return { room, run, key };
}

/** All that the room reads of a halt: the halt itself, the status, the live message, what the presenter posts. */
function texts({ room, run, key }: ReturnType<typeof sceneOf>): string[] {
  const { drawing } = room.parts();
  return [
    haltCard(run.run, run.step(key), drawing, run.now).text,
    plainText(statusBody(run.run, drawing, {}, () => undefined, run.now)),
    liveCard(run.run, drawing, {}, run.now).text,
    messagesOf(run.entries, drawing).at(-1)?.card.text ?? '',
  ];
}

/** Commands in a text, each with a reason where it wants one. */
function offered(text: string): string[] {
  const found = text.match(/![a-z]+(?: [a-z0-9][a-z0-9-]*)*(?: …)?/g) ?? [];
  // What stands behind the arguments is the sentence going on.
  return found.map(one =>
    one
      .replace(/ (?:or|and|names|ends|until|preview names)\b.*$/, '')
      .replace('because …', 'because I say so')
      .trim(),
  );
}

const halting = kinds.map(([what, targets, arrange, early = false]) => ({ what, targets, arrange, early }));

describe.each(halting)('a halt $what', ({ targets, arrange, early }) => {
  const commands = [...new Set(texts(sceneOf(targets, arrange, early)).flatMap(offered))];

  it('offers something', () => {
    expect(commands.length).toBeGreaterThan(1);
  });

  it.each(commands)('%s is taken', async command => {
    const { room, run } = sceneOf(targets, arrange, early);
    const before = run.entries.length;
    const answer = await room.card('bob', command);
    expect(answer?.field.kind, `${command}: ${answer?.text}`).not.toBe('refusal');
    const changes = !/^!(?:output|plan|status|why|rollback \S+ preview)/.test(command);
    if (changes) expect(run.entries.length, `${command} did nothing: ${answer?.text}`).toBeGreaterThan(before);
  });
});

it('what fails while its target waits to turn back needs nobody, and nothing tells people to act', () => {
  const { room, run } = sceneOf([target, other], scene => {
    outage(scene, target, 'brew');
    scene.run.add({ type: 'begun', step: `${target}/brew` });
    const turning: NewEntry = {
      type: 'turning-back',
      how: 'rollback',
      person: 'bob',
      because: null,
      targets: [target],
    };
    scene.run.add(turning);
    halts(scene, `${target}/brew`);
    return `${target}/brew`;
  });
  const { drawing } = room.parts();
  const card = haltCard(run.run, run.step(`${target}/brew`), drawing, run.now);
  expect(card).toMatchObject({ people: [], notify: false, field: { kind: 'notice' } });
  expect(card.text).toContain('Nobody needs to act');
  expect(liveCard(run.run, drawing, {}, run.now).text).toContain('Nobody needs to act.');
  run.later(3_600_000);
  expect(run.decide().append).toEqual([]);
});

it('the way back is offered where it is whole, and nowhere else', () => {
  const offers = kinds.filter(([, targets, arrange, early]) =>
    texts(sceneOf(targets, arrange, early))
      .flatMap(offered)
      .some(command => command.startsWith('!rollback')),
  );
  expect(offers.map(([what]) => what)).toEqual([
    'in the outage, with a whole way back',
    'of one target, the other halted, too',
    'of a step of the run, a target halted, too',
    'in a pause',
    'after the outage',
  ]);
});

describe('!rollback preview', () => {
  it('shows the steps, how long, what is lost and what it waits for first, and does nothing', async () => {
    const { room, run } = sceneOf([target, other], scene => {
      outage(scene, target, 'brew');
      scene.run.add({ type: 'begun', step: `${target}/brew` });
      return `${target}/brew`;
    });
    run.later(180_000);
    const before = run.entries.length;
    const text = await room.says('bob', `!rollback ${target} preview`);
    expect(text).toContain('nothing is done by this');
    expect(text).toMatch(/About \d+ s until copr-be-dev serves again; loses nothing\./);
    expect(text).toContain(`First it waits for the end of ${target}/brew (for 3 min so far).`);
    expect(text).toContain('It is part of what was approved: nobody is asked again.');
    const at = (what: string) => text.indexOf(what);
    expect(at(`${target}/undo-move-parts, about`)).toBeGreaterThan(0);
    expect(at(`${target}/undo-stop-services, about`)).toBeGreaterThan(at(`${target}/undo-move-parts`));
    expect(at(`${target}/check-old`)).toBeGreaterThan(at(`${target}/undo-stop-services`));
    expect(text).not.toContain(`${other}/`);
    expect(run.entries.length).toBe(before);
    expect(run.run.turning).toBeUndefined();
  });

  it('names what can’t be undone, where !rollback would be refused', async () => {
    const { room, run } = sceneOf([target], scene => {
      outage(scene, target, 'check-service');
      return `${target}/check-service`;
    });
    const text = await room.says('bob', `!rollback ${run.run.id} preview`);
    expect(text).toContain(
      "It isn't whole, so !rollback is refused. It can't undo:\n  ring the bell of copr-be-dev: it was heard",
    );
    expect(text).not.toContain('Take it:');
  });

  it('before an outage, or of what has gone back, says that there is none', async () => {
    const early = sceneOf([target], () => `${target}/open-door`, true);
    expect(await early.room.says('bob', '!rollback dev-1 preview')).toContain('No way back of dev-1 now: no outage of');
  });
});
