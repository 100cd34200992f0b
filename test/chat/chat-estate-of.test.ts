import { join } from 'node:path';
import { expect, it } from 'vitest';
import { personOf, roomOf, targetsOf } from '#chat/chat-estate.ts';
import { chatEstateOf } from '#chat/chat-estate-of.ts';
import { readEstate } from '#estate/read-estate.ts';

it('the example estate is what the chat layer needs', async () => {
  const estate = await readEstate(join(import.meta.dirname, '../../estate.example.yaml'));
  const chat = chatEstateOf(estate, room => `id of ${room}`);
  const { dev } = chat.environments;
  expect(targetsOf(chat, 'dev').sort()).toEqual(['copr-be-dev', 'copr-dist-git-dev', 'copr-fe-dev', 'copr-keygen-dev']);
  expect(dev?.approvers.length).toBeGreaterThan(1);
  expect(roomOf(chat, dev?.work ?? '').works).toContain('dev');
  const [person, accounts] = Object.entries(chat.people)[0] ?? ['', []];
  expect(personOf(chat, accounts[0] ?? '')).toBe(person);
  expect(chat.timing.expire).toBe(3 * 24 * 3_600_000);
});
