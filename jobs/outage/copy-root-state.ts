import { copyFolders } from '#changes/copy-folders.ts';
import { forbidCopy } from '#changes/forbid-copy.ts';
import { defineStep } from '#engine/define-step.ts';
import { onInstance } from '../role-units.ts';
import { scene } from '../scene.ts';

/** Once more, now that nothing writes any more; verified by the number of files. */
export const copyRootState = defineStep({
  id: 'copy-root-state',
  title: 'Copy what lives on the old root disk',
  danger: 'safe',
  needs: ['launch-instance'],
  plan: context => {
    const { target, facts, new: launched } = scene(context);
    if (target.rootState.length === 0) return [];
    const from = { instance: facts.old.instance };
    const to = { instance: launched.instance };
    const address = facts.old.privateIp;
    return [
      copyFolders({ from, to, address, hostKeys: target.hostKeys, paths: target.rootState, served: true }),
      forbidCopy({ from, to }),
    ];
  },
  verifyReadsAll: true,
  async verify({ shell }, context) {
    const { target, old, new: launched } = scene(context);
    for (const path of target.rootState) {
      const was = await shell.read(old, ['du', '-s', '--inodes', path], { limitMs: 300_000 });
      // Only what isn't there needn't be copied: any other failure says nothing.
      if (was.code !== 0 && /no such file/i.test(was.stderr)) continue;
      if (was.code !== 0)
        return { ok: false, wait: true, why: `${path} on ${old.instance} can't be counted: ${was.stderr.trim()}` };
      const is = await shell.read(onInstance(launched.instance), ['du', '-s', '--inodes', path], { limitMs: 300_000 });
      const [before] = was.stdout.split(/\s/);
      const [after] = is.stdout.split(/\s/);
      if (before !== after)
        return {
          ok: false,
          why: `${path}: ${after || 'no'} files on ${launched.instance}, ${before} on ${old.instance}`,
        };
    }
    return { ok: true };
  },
});
