import { expect, it } from 'vitest';
import { withoutCredentials } from '#adapters/git-inventory/git-command.ts';

it.each([
  [
    "fatal: unable to access 'https://bot:secret@git.example/x.git'",
    "fatal: unable to access 'https://…@git.example/x.git'",
  ],
  ['https://token@a.example/x and ssh://git:w0rd@b.example/y', 'https://…@a.example/x and ssh://…@b.example/y'],
  ['https://bot:se@cret@git.example/x.git', 'https://…@git.example/x.git'],
  ['https://git.example/@copr/x.git: not found', 'https://git.example/@copr/x.git: not found'],
])('what git says hides the credentials of an address: %s', (said, shown) => {
  expect(withoutCredentials(said)).toBe(shown);
});
