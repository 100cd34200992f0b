import { describe, expect, it } from 'vitest';
import { Transcript } from '#cli/room/transcript.ts';

let clock = 0;
const event = (id: string, sender: string, type: string, content: object) => ({
  event_id: id,
  sender: `@${sender}:sim`,
  type,
  content,
  origin_server_ts: clock++,
});
const says = (id: string, sender: string, body: string, more: object = {}) =>
  event(id, sender, 'm.room.message', { msgtype: 'm.text', body, ...more });
const inThread = (root: string) => ({ 'm.relates_to': { rel_type: 'm.thread', event_id: root } });
const reacts = (id: string, sender: string, to: string, key: string) =>
  event(id, sender, 'm.reaction', { 'm.relates_to': { rel_type: 'm.annotation', event_id: to, key } });
const request = { 'org.ferry.card': { kind: 'request', state: 'open' } };

describe('the room as a transcript', () => {
  it('reads like a conversation', () => {
    const transcript = new Transcript('@ferry:sim');
    const lines = [
      says('$1', 'alice', '!upgrade copr-be-dev'),
      says('$2', 'ferry', 'dev-12: copr-be-dev (backend), Fedora 41 to 43.'),
      says('$3', 'ferry', 'launch-instance: runs.', inThread('$2')),
      says('$4', 'ferry', 'pin-host-keys: 3 keys.', inThread('$2')),
      says('$5', 'ferry', '@bob Approve OUTAGE of dev-12?', request),
      reacts('$6', 'ferry', '$5', '✅'),
      reacts('$7', 'ferry', '$5', '❌'),
      reacts('$8', 'mallory', '$5', '✅'),
      says('$9', 'ferry', "mallory: not counted, you aren't an approver for dev.", inThread('$2')),
      reacts('$10', 'bob', '$5', '✅'),
      event('$11', 'ferry', 'm.room.message', {
        body: '* x',
        'm.new_content': { body: 'approved' },
        'm.relates_to': { rel_type: 'm.replace', event_id: '$5' },
      }),
      reacts('$12', 'dan', '$2', '👀'),
    ].flatMap(one => {
      const drawn = transcript.take(one, { width: 80, colour: false, reactions: false });
      return drawn === undefined ? [] : drawn.type === 'lines' ? drawn.lines : drawn.otherwise;
    });
    expect(lines).toEqual([
      'alice   !upgrade copr-be-dev',
      'ferry   dev-12: copr-be-dev (backend), Fedora 41 to 43.',
      '  ┆ thread 1: dev-12: copr-be-dev (backend), Fedora 41 to 43.',
      '  ┆ ferry   launch-instance: runs.',
      '  ┆ ferry   pin-host-keys: 3 keys.',
      'ferry   @bob Approve OUTAGE of dev-12?',
      'mallory ✅',
      '  ┆ thread 1: dev-12: copr-be-dev (backend), Fedora 41 to 43.',
      "  ┆ ferry   mallory: not counted, you aren't an approver for dev.",
      'bob     ✅',
      'dan     👀  to ferry: "dev-12: copr-be-dev (backend), Fedora 41 to 43."',
    ]);
  });
});
