import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kinds } from '#changes/index.ts';
import { scenarios } from '../contracts/change-scenarios/scenarios.ts';

const folder = join(import.meta.dirname, '../../src/changes');

describe('the kinds of change', () => {
  it('are all registered, each under the name of its file', () => {
    const files = readdirSync(folder)
      .filter(name => name.endsWith('.ts') && name !== 'index.ts')
      .map(name => name.slice(0, -3));
    expect(Object.keys(kinds).sort()).toEqual(files.sort());
  });

  it('are all held to the contract', () => {
    const played = new Set(scenarios.map(scenario => scenario.kind));
    expect(Object.keys(kinds).filter(kind => !played.has(kind))).toEqual([]);
  });
});
