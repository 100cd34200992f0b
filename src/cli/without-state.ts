import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from '#estate/config.ts';

/**
 * For what only looks: a state folder that isn't there is not made, as only `start` does that. What must be kept somewhere,
 * the copy of the inventory, is in a temporary folder then.
 *
 * @returns the configuration to open the world with, and how to take the temporary folder away.
 */
export function withoutState(config: Config): { readonly config: Config; readonly forget: () => void } {
  if (existsSync(config.stateDir)) return { config, forget: () => {} };
  const stateDir = mkdtempSync(join(tmpdir(), 'ferry-look-'));
  return { config: { ...config, stateDir }, forget: () => rmSync(stateDir, { recursive: true, force: true }) };
}
