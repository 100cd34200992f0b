import { rebootHost } from '#changes/reboot-host.ts';
import { defineStep } from '#engine/define-step.ts';
import { onInstance } from '../role-units.ts';
import { scene } from '../scene.ts';
import { upgradedService } from '../verify/upgraded-service.ts';

/** Proves that the new host comes back by itself. The estate's choice. */
export const rebootTest = defineStep({
  id: 'reboot-test',
  title: 'Reboot the new instance and check again',
  danger: 'disruptive',
  gate: 'address',
  safeguard: true,
  needs: ['launch-instance'],
  limit: 'power',
  plan: context => [rebootHost({ host: onInstance(scene(context).new.instance) })],
  verify: upgradedService,
});
