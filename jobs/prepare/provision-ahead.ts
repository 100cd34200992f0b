import { playPlaybook } from '#changes/play-playbook.ts';
import { defineStep } from '#engine/define-step.ts';
import { scene } from '../scene.ts';

/** The document, "Provision new instance from scratch", for the backend ahead of the outage under its temporary name. */
export const provisionAhead = defineStep({
  id: 'provision-ahead',
  title: 'Provision the new instance under its temporary name',
  danger: 'safe',
  plan: context => {
    const { settings, target } = scene(context);
    return [
      playPlaybook({
        host: { host: settings.batcave.host },
        limit: target.temporary?.host ?? target.host,
        playbook: target.playbook,
        tags: [],
        mayStopAtMount: false,
      }),
    ];
  },
});
