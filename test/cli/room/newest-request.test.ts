import { expect, it } from 'vitest';
import type { MatrixUser } from '#cli/room/matrix-user.ts';
import { newestRequest } from '#cli/room/newest-request.ts';
import { type Fields, RoomModel } from '#cli/room/room-model.ts';

const bot = '@ferry:sim';
const at = { room: '!work', bot };

function asks(id: string, sender = bot): Fields {
  const content = { msgtype: 'm.text', body: 'wanted', 'org.ferry.card': { kind: 'request', run: id } };
  return { event_id: id, sender, type: 'm.room.message', content, origin_server_ts: Number(id.slice(1)) };
}

function reacts(sender: string, to: string, key: string): Fields {
  const content = { 'm.relates_to': { rel_type: 'm.annotation', event_id: to, key } };
  return { event_id: `${sender}${to}${key}`, sender, type: 'm.reaction', content };
}

/** Bob, in a room whose history is this, newest first. */
function bob(...events: Fields[]): MatrixUser {
  return {
    whoAmI: async () => '@bob:sim',
    async *back() {
      for (const event of events) yield [event];
    },
  } as unknown as MatrixUser;
}

it('what looks like a request and isn’t the bot’s own is none', async () => {
  const user = bot.replace('ferry', 'mallory');
  const found = await newestRequest(bob(asks('$2', user), asks('$1')), at, 'react', '✅');
  expect(found.id).toBe('$1');
  await expect(newestRequest(bob(asks('$2', user)), at, 'react', '✅')).rejects.toThrow(/No request for approval/);
});

it('without the bot’s account no request is meant', async () => {
  const nobody = { ...at, bot: undefined };
  await expect(newestRequest(bob(asks('$1')), nobody, 'react', '✅')).rejects.toMatchObject({ code: 'room-no-bot' });
});

it('the newest without one’s own emoji is meant, and to take it back the newest with it', async () => {
  const user = bob(
    reacts('@bob:sim', '$3', '✅'),
    reacts('@carol:sim', '$2', '✅'),
    reacts('@bob:sim', '$2', '👀'),
    asks('$3'),
    asks('$2'),
    asks('$1'),
  );
  expect((await newestRequest(user, at, 'react', '✅')).id).toBe('$2');
  expect((await newestRequest(user, at, 'unreact', '✅')).id).toBe('$3');
  expect((await newestRequest(user, at, 'unreact', '👀')).id).toBe('$2');
  await expect(newestRequest(user, at, 'unreact', '❌')).rejects.toThrow(/^You have no ❌ on a request/);
  const all = bob(reacts('@bob:sim', '$1', '✅'), asks('$1'));
  await expect(newestRequest(all, at, 'react', '✅')).rejects.toThrow(/^Your ✅ is on every request/);
});

it('a request in view is meant without the room being read', async () => {
  const seen = new RoomModel(bot);
  seen.apply(asks('$5'));
  expect((await newestRequest(bob(), at, 'react', '✅', seen)).id).toBe('$5');
});
