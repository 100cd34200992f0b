import { defineStep } from '#engine/define-step.ts';
import { affected, asTopic, product, toRooms, whereTo } from '../announce/wording.ts';

/** A way back that is taken when the outage was over takes services away once more: told like any other outage. */
export const announceWayBack = defineStep({
  id: 'announce-way-back',
  title: 'Tell users that services go away once more, for the way back',
  danger: 'safe',
  tell: context => [
    ...toRooms(
      context,
      'begins',
      `${product(context)}: another outage begins now: we go back to ${whereTo(context, true)}. Not available or interrupted: ${affected(context, context.run.turned)}. It is announced here when it is over.`,
    ),
    ...asTopic(context, 'begins', `OUTAGE NOW: ${product(context)}: ${affected(context, context.run.turned)}`),
  ],
});
