import { expect, test } from 'vitest';
import { missingOptional, readLockfile } from './lockfile.ts';

test('the lockfile names every optional package, so that npm ci takes it on every platform', () => {
  expect(missingOptional(readLockfile())).toEqual([]);
});

test('an optional package that the lockfile lacks is found', () => {
  const packages = { '': {}, 'node_modules/a': { optionalDependencies: { b: '1.0.0' } } };
  expect(missingOptional({ packages })).toEqual([{ of: 'node_modules/a', name: 'b', version: '1.0.0' }]);
});

test('the lockfile names no registry', () => {
  expect(JSON.stringify(readLockfile())).not.toMatch(/https?:\/\/[^"]*\.tgz/);
});
