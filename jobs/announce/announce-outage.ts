import { defineStep } from '#engine/define-step.ts';
import { affected, asTopic, product, toRooms } from './wording.ts';

/** The facts, "Outages": ongoing. Told, never waited for. */
export const announceOutage = defineStep({
  id: 'announce-outage',
  title: 'Tell users that the outage begins',
  danger: 'safe',
  tell: context => [
    ...toRooms(
      context,
      'begins',
      `${product(context)}: the outage for the upgrade begins now. Not available or interrupted: ${affected(context)}. It is announced here when it is over.`,
    ),
    ...asTopic(context, 'begins', `OUTAGE NOW: ${product(context)}: ${affected(context)}`),
  ],
});
