import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { keys } from '#adapters/redis-journal/keys.ts';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/security.md'), 'utf8');

/** First cells of the rows of the table below a heading. */
function rows(below: string): string[] {
  const table = page.slice(page.indexOf(below)).split('\n| ').slice(2);
  const last = table.findIndex(row => row.includes('\n\n'));
  return table.slice(0, last + 1).map(row => row.split(' | ')[0] ?? '');
}

describe('docs/security.md', () => {
  it('says of everything that could be taken what an attacker gets', () => {
    const wanted = ['the store', "the journal's key", 'the state folder', 'the homeserver', "an approver's account"];
    const more = ["the bot's token", 'the SSH key', 'the AWS key', 'batcave01', 'the inventory'];
    expect(rows('## What an attacker gets')).toEqual(expect.arrayContaining([...wanted, ...more]));
  });

  it('says of every key in the store what is believed of it', () => {
    const named = rows('### The store').map(cell => cell.replaceAll('`', ''));
    const all = Object.values(keys).map(key =>
      typeof key === 'string' ? key : key === keys.run ? keys.run('RUN') : key('NAME'),
    );
    expect(named).toEqual(expect.arrayContaining(all));
    const source = ['chat-position', 'redis-kept', 'redis-progress']
      .map(name => readFileSync(join(root, `src/adapters/redis-journal/${name}.ts`), 'utf8'))
      .join('\n');
    const written = [...source.matchAll(/`(ferry:[^`]+)`/g)].map(([, key = '']) =>
      key.replaceAll(/\$\{(\w+)\}/g, (_whole, name: string) => name.toUpperCase()),
    );
    expect(written).toHaveLength(3);
    expect(named).toEqual(expect.arrayContaining(written));
  });

  it('names only tests and pages that there are', () => {
    const tests = [...page.matchAll(/`(test\/[^`]+)`/g)].map(([, path = '']) => path);
    expect(tests.length).toBeGreaterThan(8);
    for (const path of tests) expect(existsSync(join(root, path)), path).toBe(true);
    for (const [, path = ''] of page.matchAll(/\]\(([^)]+)\)/g))
      expect(existsSync(join(root, 'docs', path)), path).toBe(true);
  });

  it('is what README and the page on failures point to', () => {
    for (const path of ['README.md', 'docs/failure.md']) {
      expect(readFileSync(join(root, path), 'utf8')).toMatch(/\((?:docs\/)?security\.md\)/);
    }
  });
});
