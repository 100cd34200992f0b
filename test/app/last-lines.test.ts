import { expect, it } from 'vitest';
import type { Run } from '#core/run.ts';
import { scriptedReaders } from '#test/fakes/scripted-ports.ts';
import { lastLines } from '../../src/app/last-lines.ts';

const tail = ['TASK [sign.conf] ****', '+password: hunter2', ' passphrase: hunter1', 'changed: [keygen]'];

async function shown(kind: string): Promise<readonly string[]> {
  const change = { id: 'a/b/0', kind, args: { host: { host: 'batcave01' } } };
  const run = { uid: 'u', steps: { 'a/b': { plan: [change] } }, changes: { 'a/b/0': { key: 'k' } } };
  const { shell } = scriptedReaders({ detached: { is: 'ended', code: 2, tail } });
  return lastLines(shell, { now: Date.now, sleep: () => Promise.resolve() }).read(run as unknown as Run, 'a/b');
}

it('!output shows what a command printed last, of a check with --diff no line of a file', async () => {
  expect(await shown('play-playbook')).toEqual(tail);
  expect(await shown('check-playbook')).toEqual(['TASK [sign.conf] ****', 'changed: [keygen]']);
});
