import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { preparePeers } from './prepare-peers.ts';
import { scratchFolder } from './scratch.ts';
import { summarise } from './summary.ts';

/**
 * The one test command: peers, lint, types, vitest; the last line counts. Lint and types count as one test each, so that a
 * failure of theirs shows in the count too.
 */
const root = join(import.meta.dirname, '../..');
const bin = (name: string) => join(root, 'node_modules/.bin', name);
const report = join(root, 'node_modules/.cache/ferry/vitest.json');

function run(title: string, command: string, args: readonly string[], env: Record<string, string> = {}): boolean {
  console.log(`\n== ${title}`);
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, CI: process.env.CI ?? '', ...env },
  });
  if (error !== undefined) console.error(`${title}: ${error.message}`);
  return status === 0;
}

const only = process.argv.slice(2);
for (const line of await preparePeers()) console.log(line);
const lint = run('lint', bin('biome'), ['check', '--error-on-warnings', '.']);
const types = run('types', bin('tsc'), ['--noEmit']);
mkdirSync(join(root, 'node_modules/.cache/ferry'), { recursive: true });
rmSync(report, { force: true });
// Ctrl-C ends vitest, which has it too; then what it left is removed.
process.on('SIGINT', () => {});
const scratch = scratchFolder();
const argv = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...only];
const vitest = run('vitest', bin('vitest'), argv, { TMPDIR: scratch.dir });
scratch.remove();
const tests = summarise(existsSync(report) ? readFileSync(report, 'utf8') : undefined);
for (const line of tests.lines) console.log(line);
const passed = tests.passed + Number(lint) + Number(types);
const failed = tests.failed + Number(!lint) + Number(!types) + Number(!vitest && tests.failed === 0);
console.log(`\n${passed} passed, ${failed} failed, ${tests.skipped} skipped`);
process.exitCode = failed === 0 ? 0 : 1;
