import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const sdk = join(import.meta.dirname, '../../../src/adapters/matrix/matrix-sdk.ts');

/** Loads the SDK in a Node of its own and prints how warnings stand afterwards. */
async function load(...flags: string[]) {
  const script = `await import(${JSON.stringify(sdk)}); console.log(process.noDeprecation ?? false)`;
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [
    ...flags,
    '--input-type=module',
    '-e',
    script,
  ]);
  return { silenced: stdout.trim(), stderr };
}

test('loading the SDK warns of nothing, and leaves other warnings as they were', async () => {
  expect(await load()).toEqual({ silenced: 'false', stderr: '' });
});

test('the SDK loads where Node is told to silence deprecations', async () => {
  expect(await load('--no-deprecation')).toEqual({ silenced: 'true', stderr: '' });
});
