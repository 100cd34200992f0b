import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Of a package in the lockfile, what counts here. */
interface Locked {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
  optionalDependencies?: Record<string, string>;
}

interface Lockfile {
  packages: Record<string, Locked>;
}

const file = join(import.meta.dirname, '../../package-lock.json');

export function readLockfile(): Lockfile {
  return JSON.parse(readFileSync(file, 'utf8')) as Lockfile;
}

/** An optional package that another one names and that the lockfile lacks: with any of them `npm ci` refuses it. */
export interface Missing {
  readonly of: string;
  readonly name: string;
  readonly version: string;
}

/** npm leaves out the platform packages that it couldn't look up when the lockfile was written. */
export function missingOptional({ packages }: Lockfile): Missing[] {
  return Object.entries(packages).flatMap(([of, locked]) =>
    Object.entries(locked.optionalDependencies ?? {})
      .filter(([name]) => !foldersAbove(of).some(folder => packages[`${folder}node_modules/${name}`] !== undefined))
      .map(([name, version]) => ({ of, name, version })),
  );
}

function foldersAbove(folder: string): string[] {
  const parts = folder === '' ? [] : folder.split('/node_modules/');
  return parts.map((_, index) => `${parts.slice(0, parts.length - index).join('/node_modules/')}/`).concat('');
}

/** Adds what is missing, by what its name says of its platform. */
export function completeLockfile(): number {
  const lockfile = readLockfile();
  const missing = missingOptional(lockfile);
  for (const { of, name, version } of missing) {
    const [, os, cpu, libc] = /-(darwin|linux|win32|android|freebsd)-(arm64|arm|x64|ia32)(-musl)?$/.exec(name) ?? [];
    lockfile.packages[`node_modules/${name}`] = {
      version,
      ...(lockfile.packages[of]?.dev === true ? { dev: true } : {}),
      ...(cpu === undefined ? {} : { cpu: [cpu] }),
      ...(libc === undefined ? {} : { libc: ['musl'] }),
      optional: true,
      ...(os === undefined ? {} : { os: [os] }),
    };
  }
  const [root, ...rest] = Object.entries(lockfile.packages);
  rest.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  lockfile.packages = Object.fromEntries(root === undefined ? rest : [root, ...rest]);
  writeFileSync(file, `${JSON.stringify(lockfile, undefined, 2)}\n`);
  return missing.length;
}
