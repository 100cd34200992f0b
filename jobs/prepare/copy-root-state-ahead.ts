import { allowCopy } from '#changes/allow-copy.ts';
import { copyFolders } from '#changes/copy-folders.ts';
import { defineStep } from '#engine/define-step.ts';
import { scene } from '../scene.ts';

/**
 * What lives on the root disk and not on the data volumes is copied ahead, so that little is left for the outage. For it the
 * old host lets in a key that is made on the new one, from its address only and to read these paths only.
 */
export const copyRootStateAhead = defineStep({
  id: 'copy-root-state-ahead',
  title: 'Copy what lives on the old root disk, ahead',
  danger: 'safe',
  needs: ['launch-instance'],
  plan: context => {
    const { target, facts, new: launched } = scene(context);
    if (target.rootState.length === 0) return [];
    const from = { instance: facts.old.instance };
    const to = { instance: launched.instance };
    const address = facts.old.privateIp;
    return [
      allowCopy({ from, to, address: launched.privateIp, paths: target.rootState }),
      copyFolders({ from, to, address, hostKeys: target.hostKeys, paths: target.rootState, served: true }),
    ];
  },
});
