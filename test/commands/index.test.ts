import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandsPage } from '#chat/commands-page.ts';
import { commands } from '#commands/index.ts';

const folder = join(import.meta.dirname, '../../commands');

describe('the registry of commands', () => {
  it('has every file of the folder, under its own name', async () => {
    const files = readdirSync(folder).filter(file => file !== 'index.ts');
    const registered = new Set<unknown>(commands);
    for (const file of files) {
      const exported = Object.values((await import(join(folder, file))) as Record<string, unknown>);
      expect(exported, file).toHaveLength(1);
      expect(registered.has(exported[0]), `${file} isn't in commands/index.ts`).toBe(true);
    }
    expect(commands).toHaveLength(files.length);
  });

  it('gives each name and alias to one command', () => {
    const names = commands.flatMap(command => [command.name, ...(command.aliases ?? [])]);
    expect(new Set(names).size).toBe(names.length);
  });

  it('docs/commands.md says what the registry says', async () => {
    await expect(commandsPage(commands)).toMatchFileSnapshot('../../docs/commands.md');
  });
});
