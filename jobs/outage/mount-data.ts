import { mount } from '#changes/mount.ts';
import { defineStep } from '#engine/define-step.ts';
import { mountsOf } from '../mounts.ts';
import { onInstance } from '../role-units.ts';
import { scene } from '../scene.ts';
import { sameFileSystems } from '../verify/same-file-systems.ts';

/** By label and file-system UUID, in the reverse of the order of unmounting; owner and SELinux context as on the old host. */
export const mountData = defineStep({
  id: 'mount-data',
  title: 'Mount the data on the new instance',
  danger: 'disruptive',
  gate: 'storage',
  needs: ['launch-instance'],
  plan: context => {
    const here = scene(context);
    const host = onInstance(here.new.instance);
    return mountsOf(here)
      .toReversed()
      .map(spec => mount({ host, mount: spec }));
  },
  verify: ({ shell }, context) => {
    const here = scene(context);
    return sameFileSystems(shell, onInstance(here.new.instance), here);
  },
});
