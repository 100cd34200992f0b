import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands } from '#commands/index.ts';
import { gates } from '#core/graph.ts';
import { parseEstate } from '#estate/read-estate.ts';

const root = join(import.meta.dirname, '../..');
const read = (name: string) => readFileSync(join(root, name), 'utf8');
const rows = (text: string) => [...text.matchAll(/^\| `([^`]+)`/gm)].map(([, name = '']) => name);

/** Codes of every halt that the code can raise. */
function haltCodes(): string[] {
  const files = globSync('{src,jobs,commands}/**/*.ts', { cwd: root });
  const codes = files.flatMap(file =>
    [...read(file).matchAll(/new Halt\(\s*'([a-z-]+)'/g)].map(([, code = '']) => code),
  );
  return [...new Set(codes)].sort();
}

describe('docs/failure.md', () => {
  const page = read('docs/failure.md');

  it('explains the code of every halt, and no other', () => {
    expect(rows(page.slice(page.indexOf('## Codes')))).toEqual(haltCodes());
  });
});

describe('docs/approvals.md', () => {
  const page = read('docs/approvals.md');

  it('explains every gate, in their order', () => {
    const part = page.slice(page.indexOf('## Gates'), page.indexOf('## Emoji'));
    expect(rows(part)).toEqual([...gates]);
  });

  it('shows the emoji that the example estate has', () => {
    const { chat } = parseEstate(read('estate.example.yaml'), 'estate.example.yaml');
    expect(page).toContain(`| ${chat.approve} | a request | I approve`);
    expect(page).toContain(`| ${chat.reject} | a request | I reject`);
  });
});

describe('every page', () => {
  it.each(['README.md', ...globSync('docs/*.md', { cwd: root })])('%s names commands that there are', page => {
    const names = commands.flatMap(({ name, aliases }) => [name, ...(aliases ?? [])]);
    for (const [, name = ''] of read(page).matchAll(/`!(?:ferry )?([a-z]+)/g)) {
      if (name === 'verb' || name === 'ferry') continue;
      expect(names, `${page}: !${name}`).toContain(name);
    }
  });
});
