import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { variables } from '#estate/config.ts';
import { missingRedis } from '#test/peers/redis.ts';
import { playDemo, readme, told, transcriptInReadme } from './transcript.ts';

const root = dirname(readme);
const missing = await missingRedis();
const pages = [
  'README.md',
  'ARCHITECTURE.md',
  ...['approvals', 'commands', 'configuration', 'failure', 'procedure', 'simulator'].map(name => `docs/${name}.md`),
];

describe('README.md', () => {
  it.skipIf(missing !== undefined)(
    'shows the demo as it is played',
    async () => {
      const [shown, played] = [told(transcriptInReadme()), told(await playDemo())];
      // "npm run transcript" writes it anew.
      expect(played.room).toEqual(shown.room);
      expect(played.threads).toEqual(expect.arrayContaining([...shown.threads]));
    },
    300_000,
  );

  it('names scripts and variables that there are', () => {
    const text = readFileSync(readme, 'utf8');
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object };
    for (const [, script = ''] of text.matchAll(/npm run (?:--silent )?([a-z]+)/g)) {
      expect(Object.keys(scripts)).toContain(script);
    }
    for (const [variable] of text.matchAll(/\b(?:FERRY|MATRIX|AWS|REDIS)_[A-Z_0-9]+\b/g)) {
      expect(Object.keys(variables)).toContain(variable);
    }
  });

  it.each(pages)('%s links to files and headings that there are', page => {
    const text = readFileSync(join(root, page), 'utf8');
    for (const [, link = ''] of text.matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(link)) continue;
      const [path = '', heading] = link.split('#');
      const file = path === '' ? join(root, page) : join(root, dirname(page), path);
      expect(existsSync(file), `${page}: ${link}`).toBe(true);
      if (heading !== undefined) expect(headingsOf(file), `${page}: ${link}`).toContain(heading);
    }
  });
});

/** As they are linked to: small letters, blanks as dashes, no punctuation. */
function headingsOf(file: string): string[] {
  return [...readFileSync(file, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}
