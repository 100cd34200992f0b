import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answers, aptInstall } from './apt.ts';

/** Why BIND's `named-checkzone` isn't here, in one line; undefined when it is. Installs Debian's package where that is possible. */
export function missingNamedCheckzone(): string | undefined {
  if (answers('named-checkzone', '-v') || (aptInstall('bind9-utils') && answers('named-checkzone', '-v')))
    return undefined;
  return 'named-checkzone: install bind9-utils for the tests of zone files';
}

/**
 * A zone as BIND reads it: a line for each record, whole and sorted.
 *
 * @throws Error with BIND's words where it would not load the zone.
 */
export function asBindReads(zone: string, text: string): string[] {
  const dir = mkdtempSync(join(tmpdir(), 'ferry-zone-'));
  try {
    const [given, canonical] = [join(dir, 'given'), join(dir, 'canonical')];
    writeFileSync(given, text);
    const argv = ['-i', 'local', '-s', 'full', '-o', canonical, zone, given];
    const { status, stdout, stderr } = spawnSync('named-checkzone', argv, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${stdout}${stderr}`);
    return readFileSync(canonical, 'utf8').split('\n').filter(Boolean).sort();
  } finally {
    rmSync(dir, { recursive: true });
  }
}
