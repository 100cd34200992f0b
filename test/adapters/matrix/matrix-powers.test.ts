import { describe, expect, it } from 'vitest';
import { powersOf } from '#adapters/matrix/matrix-powers.ts';

const all = { say: true, react: true, pin: true, setTopic: true };
const none = { say: false, react: false, pin: false, setTopic: false };
const me = '@ferry:room';

describe('what an account may do in a room', () => {
  it('is to speak and react where the room says nothing', () => {
    expect(powersOf(me, {}, {})).toEqual({ ...none, say: true, react: true });
  });

  it('goes by its own level before the one of everybody', () => {
    expect(powersOf(me, {}, { users: { [me]: 50 } })).toEqual(all);
    expect(powersOf(me, {}, { users: { [me]: 0 }, users_default: 50 })).toEqual({ ...none, say: true, react: true });
    expect(powersOf(me, {}, { users_default: 50 })).toEqual(all);
  });

  it("goes by an event's own level before the one of its kind", () => {
    const levels = { users: { [me]: 20 }, events: { 'm.room.topic': 10, 'm.reaction': 30 } };
    expect(powersOf(me, {}, levels)).toEqual({ say: true, react: false, pin: false, setTopic: true });
  });

  it('is nothing in a room that only moderators speak in', () => {
    expect(powersOf(me, {}, { events_default: 50 })).toEqual(none);
  });

  it('reads levels that old rooms have as text', () => {
    expect(powersOf(me, {}, { users: { [me]: '50' } })).toEqual(all);
  });

  it('is everything for creators from room version 12 on, and not before', () => {
    const levels = { events_default: 50, users: {} };
    expect(powersOf(me, { room_version: '12', sender: me }, levels)).toEqual(all);
    expect(powersOf(me, { room_version: '12', sender: '@a:b', additional_creators: [me] }, levels)).toEqual(all);
    expect(powersOf(me, { room_version: '12', sender: '@a:b' }, levels)).toEqual(none);
    expect(powersOf(me, { room_version: '11', sender: me }, levels)).toEqual(none);
  });
});
