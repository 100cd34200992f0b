import { existsSync, type Stats, statSync } from 'node:fs';
import type { Config } from './config.ts';

/** A file that others than its owner may read or write, with what to do. */
export interface LooseFile {
  /** The variable or option that names it. */
  readonly of: string;
  readonly sentence: string;
}

/**
 * Files with secrets (variables, keys, the state: journals, the store) that the group or the world may read or write, and an
 * estate that the world may write: whoever may, is an approver. Files that aren't there are somebody else's to tell.
 */
export function looseFiles(config: Config): readonly LooseFile[] {
  const secrets = [
    { of: '--env-file', file: config.envFile },
    { of: 'FERRY_SSH_KEY_FILE', file: config.sshKeyFile },
    { of: 'FERRY_INVENTORY_KEY_FILE', file: config.inventoryKeyFile },
    { of: 'FERRY_STATE', file: config.stateDir },
  ].filter((one, nth, all) => one.file !== undefined && all.findIndex(other => other.file === one.file) === nth);
  const loose = secrets.flatMap(({ of, file = '' }) => {
    const stat = seen(file);
    if (stat === undefined || (stat.mode & 0o077) === 0) return [];
    const wanted = stat.isDirectory() ? '700' : '600';
    return [
      { of, sentence: `${file} may be read by others than its owner (mode ${modeOf(stat)}): chmod ${wanted} ${file}` },
    ];
  });
  const estate = seen(config.estateFile);
  if (estate !== undefined && (estate.mode & 0o002) !== 0) {
    const sentence = `${config.estateFile} may be written by everybody (mode ${modeOf(estate)}): chmod o-w ${config.estateFile}`;
    loose.push({ of: 'FERRY_ESTATE', sentence });
  }
  return loose;
}

function seen(file: string): Stats | undefined {
  return existsSync(file) ? statSync(file) : undefined;
}

function modeOf({ mode }: Stats): string {
  return (mode & 0o777).toString(8).padStart(4, '0');
}
