import { playPlaybook } from '#changes/play-playbook.ts';
import { defineStep } from '#engine/define-step.ts';
import { onBatcave } from '../on-batcave.ts';
import { scene } from '../scene.ts';

/** The target's playbook with `-t certbot` copies the live Let's Encrypt files to batcave01 first (it may reload httpd). */
export const copyCertificates = defineStep({
  id: 'copy-certificates',
  title: 'Copy the certificates to batcave01',
  danger: 'safe',
  plan: context => {
    const { settings, target } = scene(context);
    return [
      playPlaybook({
        ...onBatcave(settings),
        limit: target.host,
        playbook: target.playbook,
        tags: ['certbot'],
        mayStopAtMount: false,
      }),
    ];
  },
});
