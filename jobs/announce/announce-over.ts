import { defineStep, type StepContext } from '#engine/define-step.ts';
import { affected, asTopic, product, toRooms, whereTo } from './wording.ts';

/** The last check has passed, or everything is back as it was. */
export const announceOver = defineStep({
  id: 'announce-over',
  title: 'Tell users that the outage is over',
  danger: 'safe',
  tell: context => {
    const minutes = context.run.outageMinutes;
    const after = minutes === null ? '' : `, after ${minutes} min`;
    const turned = context.run.turnedBack ? 'The outage is over, nothing was changed. ' : '';
    return [
      ...toRooms(
        context,
        'over',
        `${turned}${product(context)} is back${where(context)}: ${affected(context)}${after}.`,
      ),
      ...asTopic(context, 'over', ''),
    ];
  },
});

function where(context: StepContext): string {
  return context.run.what === 'return' && !context.run.turnedBack ? `, on ${whereTo(context, false)}` : '';
}
