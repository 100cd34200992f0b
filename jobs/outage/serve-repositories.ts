import { mount } from '#changes/mount.ts';
import { setUnits } from '#changes/set-units.ts';
import { started } from '#changes/shared/unit-goal.ts';
import { defineStep } from '#engine/define-step.ts';
import { mountsOf } from '../mounts.ts';
import { onInstance } from '../role-units.ts';
import { scene } from '../scene.ts';
import { originAnswers } from '../verify/origin-answers.ts';
import { sameFileSystems } from '../verify/same-file-systems.ts';

/** The document: "pay attention to start lighttpd serving the repositories ASAP". From here users have their repositories. */
export const serveRepositories = defineStep({
  id: 'serve-repositories',
  title: 'Serve the repositories from the new instance',
  danger: 'disruptive',
  gate: 'storage',
  needs: ['launch-instance'],
  limit: 'network',
  plan: context => {
    const here = scene(context);
    const host = onInstance(here.new.instance);
    return [
      ...mountsOf(here)
        .toReversed()
        .map(spec => mount({ host, mount: spec })),
      setUnits({ host, units: started(['lighttpd.service']) }),
    ];
  },
  async verify({ shell }, context) {
    const here = scene(context);
    const host = onInstance(here.new.instance);
    const same = await sameFileSystems(shell, host, here);
    return same.ok ? originAnswers(shell, host, here.target.check.urls) : same;
  },
});
