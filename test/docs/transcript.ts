import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '../..');
export const readme = join(root, 'README.md');
/** The block of README.md that holds the demo's output. */
const block = /(<!-- npm run demo -- --auto -->\n```text\n)([\s\S]*?)(\n```\n)/;

/** The transcript in README.md. @throws Error when the block isn't there. */
export function transcriptInReadme(): string {
  const text = block.exec(readFileSync(readme, 'utf8'))?.[2];
  if (text === undefined) throw new Error('README.md has no transcript of the demo');
  return text;
}

/** README.md with another transcript. */
export function withTranscript(text: string, transcript: string): string {
  return text.replace(block, (_, before: string, _old: string, after: string) => `${before}${transcript}${after}`);
}

/** Plays the demo as the README says. @throws Error when it fails: the world isn't as it should be. */
export async function playDemo(): Promise<string> {
  const main = join(root, 'src/main.ts');
  const { stdout } = await promisify(execFile)(process.execPath, [main, 'demo', '--auto'], {
    timeout: 240_000,
    killSignal: 'SIGTERM',
  });
  return stdout.trimEnd();
}

/** What is said in a transcript, without what differs from one play to the next: ids, times, durations, progress. */
export interface Told {
  /** What stands in the room itself, in its order. */
  readonly room: readonly string[];
  /** What stands in threads: when it comes between other messages depends on the moment. */
  readonly threads: readonly string[];
}

export function told(transcript: string): Told {
  const room: string[] = [];
  const threads: string[] = [];
  let current: string[] = [];
  const end = (list: string[]) => {
    if (current.length > 0) list.push(normalised(current));
    current = [];
  };
  let into = room;
  for (const line of transcript.split('\n')) {
    const inThread = line.startsWith('  ┆ ');
    const text = inThread ? line.slice(4) : line;
    if (/^(?:[a-z]+ {2,}\S|thread \d)/.test(text) || (inThread ? threads : room) !== into) end(into);
    into = inThread ? threads : room;
    if (!/^thread \d/.test(text)) current.push(text);
  }
  end(into);
  return { room, threads: [...new Set(threads)].sort() };
}

function normalised(lines: readonly string[]): string {
  return (
    lines
      .join(' ')
      .replaceAll(/\s+/g, ' ')
      .replaceAll(
        /(web and API|builds|repositories) (?:up|down)(?:;? [^.]*?)?(?= builds| repositories| copr-| Stop|$)/g,
        '$1 …',
      )
      .replaceAll(/\b(?:i|vol|eni|snap)-[0-9a-f]{17}\b/g, 'ID')
      .replaceAll(/\b172\.30\.\d+\.\d+\b/g, 'PRIVATE')
      .replaceAll(/\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day \d{4}-\d\d-\d\d/g, 'DATE')
      .replaceAll(/\b\d\d:\d\d UTC\b|\b\d\d:\d\d\b/g, 'TIME')
      .replaceAll(/\b\d+ (?:s|min|h)\b/g, 'SOME TIME')
      // A row of a live message: what the target is at and what comes next.
      .replaceAll(/\b\d+ of (\d+) (?:next: |[a-z-]+(?:, for |: )).*?(?= Nobody| Stop|$)/g, 'N of $1')
      .replaceAll(/\b\d+ of (\d+)\b/g, 'N of $1')
      .trim()
  );
}
