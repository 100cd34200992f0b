import { defineStep, type StepContext } from '#engine/define-step.ts';
import { affected, asTopic, product, toRooms, whereTo } from './wording.ts';

/** The facts, "Outages": ongoing. Told, never waited for. */
export const announceOutage = defineStep({
  id: 'announce-outage',
  title: 'Tell users that the outage begins',
  danger: 'safe',
  tell: context => [
    ...toRooms(
      context,
      'begins',
      `${product(context)}: ${what(context)} begins now. Not available or interrupted: ${affected(context)}. It is announced here when it is over.`,
    ),
    ...asTopic(context, 'begins', `OUTAGE NOW: ${product(context)}: ${affected(context)}`),
  ],
});

function what(context: StepContext): string {
  return context.run.what === 'return'
    ? `an outage for going back to ${whereTo(context, false)}`
    : 'the outage for the upgrade';
}
