import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withMessage } from '#adapters/git-inventory/commit-message.ts';
import { Mirror } from '#adapters/git-inventory/mirror.ts';

const folder = mkdtempSync(join(tmpdir(), 'ferry-message-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const trailers = { 'Ferry-Run': 'dev-1', 'Ferry-Change': '0123.1' };
const mirror = new Mirror({ repository: 'file:///nowhere', branch: 'main', cacheDir: folder, limitMs: 10_000 });
/** How often git was asked for a message. */
let asked = 0;
beforeAll(() => {
  const git = mirror.git.bind(mirror);
  mirror.git = (argv, options) => {
    asked += 1;
    return git(argv, options);
  };
});

/** As git writes it, and the trailers that git reads. */
function byGit(message: string) {
  const argv = Object.entries(trailers).flatMap(([name, value]) => ['--trailer', `${name}: ${value}`]);
  const input = `${message.trim()}\n`;
  return execFileSync('git', ['-c', 'trailer.ifexists=add', 'interpret-trailers', ...argv], { input }).toString();
}

const word = fc.constantFrom(
  'copr-be',
  'a',
  'Key',
  'x:',
  '#1',
  '---',
  '(cherry picked from commit 1)',
  'Signed-off-by: b',
  '= 3',
  '- ',
  '',
);
const line = fc.array(word, { maxLength: 3 }).map(words => words.join(' '));
const paragraph = fc.array(line, { minLength: 1, maxLength: 3 }).map(lines => lines.join('\n'));
const anyMessage = fc
  .array(paragraph, { minLength: 1, maxLength: 3 })
  .map(paragraphs => paragraphs.join('\n\n'))
  .filter(message => message.trim() !== '');

describe('a commit’s message', () => {
  it('is what git makes of it, whatever stands there', async () => {
    await fc.assert(
      fc.asyncProperty(anyMessage, async message => {
        expect(await withMessage(mirror, message, trailers)).toBe(byGit(message));
      }),
      { numRuns: 60 },
    );
  });

  it('takes no process where it ends in a sentence', async () => {
    asked = 0;
    const text = 'copr-be: is provisioned\n\nFerry, run dev-1, asked by alice.';
    expect(await withMessage(mirror, text, trailers)).toBe(`${text}\n\nFerry-Run: dev-1\nFerry-Change: 0123.1\n`);
    expect(asked).toBe(0);
    await withMessage(mirror, `${text}\n\nApprover: bob`, trailers);
    expect(asked).toBe(1);
  });
});
