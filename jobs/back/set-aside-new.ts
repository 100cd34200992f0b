import { turnedBack, workflowTag } from '#changes/set-aside-instance.ts';
import { setTags } from '#changes/set-tags.ts';
import { stopInstance } from '#changes/stop-instance.ts';
import { defineStep } from '#engine/define-step.ts';
import { scene } from '../scene.ts';

/**
 * The instance that the upgrade launched is stopped and kept, tagged, until a retirement: it is the only evidence of what went
 * wrong. As after an upgrade that is only when the settle window has ended: until then it is the way back.
 */
export const setAsideNew = defineStep({
  id: 'set-aside-new',
  title: 'Stop the new instance and keep it',
  danger: 'disruptive',
  afterWindow: true,
  gate: 'address',
  plan: context => {
    const { instance } = scene(context).old;
    return [setTags({ resource: instance, tags: { [workflowTag]: turnedBack } }), stopInstance({ instance })];
  },
});
