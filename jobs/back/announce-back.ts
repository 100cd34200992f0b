import { defineStep } from '#engine/define-step.ts';
import { affected, asTopic, product, toRooms, whereTo } from '../announce/wording.ts';

/** Each target that went back has passed its check on the old instance. */
export const announceBack = defineStep({
  id: 'announce-back',
  title: 'Tell users that they are back, on the old instances',
  danger: 'safe',
  tell: context => {
    const minutes = context.run.outageMinutes;
    const after = minutes === null ? '' : `, after ${minutes} min`;
    const text = `${product(context)} is back, on ${whereTo(context, true)}: ${affected(context, context.run.turned)}${after}.`;
    return [...toRooms(context, 'over', text), ...asTopic(context, 'over', '')];
  },
});
