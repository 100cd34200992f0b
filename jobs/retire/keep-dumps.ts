import { Halt } from '#core/errors.ts';
import { defineStep } from '#engine/define-step.ts';
import { dumpFolder } from '../dump-folder.ts';
import type { RetirementFacts } from '../read/retirement-facts.ts';

/** The database's dumps are made on the old host's root disk: they go with it unless the successor has them. */
export const keepDumps = defineStep({
  id: 'keep-dumps',
  title: 'Check that the database dumps live on',
  danger: 'safe',
  async verify({ shell }, context) {
    const { target } = context;
    const { successor } = context.facts(target) as unknown as RetirementFacts;
    const listed = await shell.read({ instance: successor.instance }, ['ls', '-1', '-t', dumpFolder]);
    const newest = listed.stdout.split('\n').find(name => name.endsWith('.xz'));
    if (newest !== undefined) return { ok: true, note: newest };
    throw new Halt(
      'dumps',
      `${successor.instance} has no dump in ${dumpFolder}; those of the old instance go with it: copy them, then !retry ${target}, or somebody who didn't ask for this waives them: !skip ${target} keep-dumps because …`,
    );
  },
});
