import { describe, expect, it } from 'vitest';
import { type Lane, lanes, nextToSend, type Queued } from '#chat/lanes.ts';

const to = (lane: Lane, room = '!work'): Queued => ({ lane, room });

describe('what is sent next', () => {
  it('a halt goes before everything that waited longer', () => {
    const waiting = [...lanes].reverse().map(lane => to(lane));
    const order: Lane[] = [];
    while (waiting.length > 0) {
      const next = nextToSend(waiting, [], 4)!;
      order.push(next.lane);
      waiting.splice(waiting.indexOf(next), 1);
    }
    expect(order).toEqual(lanes);
  });

  it('messages of one lane and room follow each other; another room or lane does not wait for them', () => {
    const underWay = [to('notices')];
    const [same, other] = [to('notices'), to('notices', '!tell')];
    expect(nextToSend([same], underWay, 4)).toBeUndefined();
    expect(nextToSend([same, other], underWay, 4)).toBe(other);
    expect(nextToSend([same, to('first')], underWay, 4)?.lane).toBe('first');
  });

  it('one place is kept for what goes first, however much is on its way', () => {
    const underWay = [to('files'), to('notices'), to('strangers')];
    expect(nextToSend([to('answers')], underWay, 4)).toBeUndefined();
    expect(nextToSend([to('answers'), to('first')], underWay, 4)?.lane).toBe('first');
    expect(nextToSend([to('first', '!tell')], [...underWay, to('first')], 4)).toBeUndefined();
  });

  it('where only one may be on its way, every lane gets its turn', () => {
    for (const lane of lanes) expect(nextToSend([to(lane)], [], 1)?.lane).toBe(lane);
    expect(nextToSend([to('first')], [to('strangers')], 1)).toBeUndefined();
  });
});
