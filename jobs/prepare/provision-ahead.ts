import { playPlaybook } from '#changes/play-playbook.ts';
import { setUnits } from '#changes/set-units.ts';
import { stopped } from '#changes/shared/unit-goal.ts';
import { unmount } from '#changes/unmount.ts';
import { defineStep } from '#engine/define-step.ts';
import { onBatcave } from '../on-batcave.ts';
import { onInstance } from '../role-units.ts';
import { scene } from '../scene.ts';
import { temporaryMounts } from '../temporary.ts';

/**
 * The document, "Provision new instance from scratch", for the backend ahead of the outage under its temporary name. The
 * play mounts the temporary volume and starts what serves it; on the way back both end, so that the volume comes off.
 */
export const provisionAhead = defineStep({
  id: 'provision-ahead',
  title: 'Provision the new instance under its temporary name',
  danger: 'safe',
  needs: ['launch-instance'],
  plan: context => {
    const { settings, target } = scene(context);
    return [
      playPlaybook({
        ...onBatcave(settings),
        limit: target.temporary?.host ?? target.host,
        playbook: target.playbook,
        tags: [],
        mayStopAtMount: false,
      }),
    ];
  },
  undo: {
    rule: 'on the new instance lighttpd stops and the temporary volume is unmounted; the instance goes as a whole',
    plan: context => {
      const here = scene(context);
      const host = onInstance(here.new.instance);
      return [
        setUnits({ host, units: stopped(['lighttpd.service', 'copr-backend.target']) }),
        ...temporaryMounts(here).map(mount => unmount({ host, mount })),
      ];
    },
  },
});
