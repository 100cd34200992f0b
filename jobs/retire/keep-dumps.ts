import { Halt } from '#core/errors.ts';
import { defineStep } from '#engine/define-step.ts';
import type { ComputeReader } from '#ports/compute.ts';
import type { HostRef, ShellReader } from '#ports/shell.ts';
import { dumpFolder } from '../dump-folder.ts';
import type { RetirementFacts } from '../read/retirement-facts.ts';
import { type Scene, scene } from '../scene.ts';

/**
 * The database's dumps are made on the old host's root disk: they go with it unless the successor has them. What counts is
 * a whole dump that is newer than the upgrade's beginning: an older one was copied ahead, before the outage's own.
 */
export const keepDumps = defineStep({
  id: 'keep-dumps',
  title: 'Check that the database dumps live on',
  danger: 'safe',
  async verify({ shell, compute }, context) {
    const here = scene(context);
    const { successor, old } = context.facts(context.target) as unknown as RetirementFacts;
    if (old === null) return { ok: true, note: 'no instance goes that ever made a dump' };
    const host = { instance: successor.instance };
    const newest = await newestDump(shell, host);
    if (newest === undefined) throw lost(here, `${host.instance} has no dump in ${dumpFolder}`);
    const path = `${dumpFolder}/${newest}`;
    const tested = await shell.read(host, ['xz', '-t', path], { limitMs: 600_000 });
    if (tested.code !== 0) throw lost(here, `${path} on ${host.instance} is no whole dump: ${tested.stderr.trim()}`);
    const madeAt = Number((await shell.read(host, ['stat', '-c', '%Y', path])).stdout) * 1000;
    const begunAt = await upgradeBegunAt(compute, here);
    if (!(madeAt >= begunAt)) {
      const words = `${newest}, the newest dump on ${host.instance}, is older than the upgrade`;
      throw lost(here, `${words}: one that was made in the outage wasn't copied`);
    }
    return { ok: true, note: newest };
  },
});

function lost({ target }: Pick<Scene, 'target'>, why: string): Halt {
  return new Halt(
    'dumps',
    `${why}; those of the old instance go with it: copy them, then !retry ${target.name}, or somebody who didn't ask for this waives them: !skip ${target.name} keep-dumps because …`,
  );
}

async function newestDump(shell: ShellReader, host: HostRef): Promise<string | undefined> {
  const listed = await shell.read(host, ['ls', '-1', '-t', dumpFolder]);
  return listed.stdout.split('\n').find(name => name.endsWith('.xz'));
}

/** When the database's volume was snapshot ahead of the outage, ms in whole seconds; 0 where that wasn't done. */
async function upgradeBegunAt(compute: ComputeReader, { target }: Pick<Scene, 'target'>): Promise<number> {
  const starts: number[] = [];
  for (const { id } of target.volumes) {
    for (const { tags, startedAt } of await compute.snapshots({ volume: id }))
      if (tags.Name?.endsWith('-hot-and-not-clean') === true) starts.push(startedAt);
  }
  return Math.floor(Math.max(0, ...starts) / 1000) * 1000;
}
