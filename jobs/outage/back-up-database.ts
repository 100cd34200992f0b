import { backUpDatabase } from '#changes/back-up-database.ts';
import { cutBackupSleep } from '#changes/cut-backup-sleep.ts';
import { readOrRefuse } from '#changes/shared/read-or-refuse.ts';
import { defineStep } from '#engine/define-step.ts';
import { dumpFolder as folder } from '../dump-folder.ts';
import { scene } from '../scene.ts';

const program = '/usr/local/bin/backup-database';

/** pg_dump's last words: the script's pipe hides how pg_dump ended, and what was cut off is a whole file all the same. */
const lastWords = '^-- PostgreSQL database dump complete$';

/**
 * The document, "Backup the database": the script sleeps first; only its own sleep is ended. The dump is then tested: the
 * file is whole, and so is what is in it. Facts, "Details that bite".
 */
export const backUpDatabaseStep = defineStep({
  id: 'back-up-database',
  title: 'Dump the database',
  danger: 'safe',
  safeguard: true,
  saves: 'database',
  order: 'together',
  plan: context => {
    const { old, settings } = scene(context);
    if (settings.environment.options.databaseBackup === 'ahead') return [];
    return [
      backUpDatabase({ host: old, program, database: 'coprdb', folder }),
      cutBackupSleep({ host: old, program, folder }),
    ];
  },
  verifyReadsAll: true,
  async verify({ shell }, context) {
    const { old, settings } = scene(context);
    if (settings.environment.options.databaseBackup === 'ahead') return { ok: true };
    const listed = await readOrRefuse(shell, old, ['ls', '-1', '-t', folder]);
    const newest = listed.split('\n').find(name => name.endsWith('.xz'));
    if (newest === undefined) return { ok: false, why: `${folder} holds no dump` };
    const path = `${folder}/${newest}`;
    const limit = { limitMs: 600_000 };
    const [tested, complete] = await Promise.all([
      shell.read(old, ['xz', '-t', path], limit),
      shell.read(old, ['xzgrep', '-c', lastWords, path], limit),
    ]);
    // The file was read to its end, which takes minutes: it won't be another one in half of one.
    if (tested.code === 1) return { ok: false, sure: true, why: `${newest} is no whole dump: ${tested.stderr.trim()}` };
    if (tested.code !== 0) return { ok: false, why: `${newest} can't be tested: ${tested.stderr.trim()}` };
    if (complete.code === 1) {
      return {
        ok: false,
        sure: true,
        why: `${newest} is cut off: its last line does not say that the dump is complete`,
      };
    }
    if (complete.code !== 0) return { ok: false, why: `${newest} can't be looked through: ${complete.stderr.trim()}` };
    return { ok: true, note: newest };
  },
});
