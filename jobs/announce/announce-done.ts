import { defineStep } from '#engine/define-step.ts';
import { snapshotsCompleted } from '../verify/snapshots-completed.ts';
import { affected, byMail, product, whereTo } from './wording.ts';

/** The document, "Final steps": the lists learn that everything works again. */
export const announceDone = defineStep({
  id: 'announce-done',
  title: 'Announce that everything works again',
  danger: 'safe',
  limit: 'snapshot',
  /** Nothing is called done before the clean snapshots are. */
  async verify(ports, context) {
    for (const target of context.run.targets) {
      if (context.outputs(target, 'snapshot-data') === undefined) continue;
      const completed = await snapshotsCompleted('snapshot-data', target)(ports, context);
      if (!completed.ok) return completed;
    }
    return { ok: true };
  },
  tell: context => {
    const minutes = context.run.outageMinutes;
    const upgraded = context.run.targets.filter(name => !context.run.turned.includes(name));
    const back = context.run.what === 'return';
    const what = back
      ? `went back to ${whereTo(context, false)} and everything should be working again:`
      : 'was upgraded to a new Fedora release and everything should be working again:';
    const text = [
      `${product(context)} ${what}`,
      `${affected(context, upgraded)}.${minutes === null ? '' : ` The outage took ${minutes} minutes.`}`,
      '',
      'Please report what does not work in #fedora-buildsys or on copr-devel.',
    ].join('\n');
    const subject = back ? `is back on ${whereTo(context, false)}` : 'is upgraded';
    return byMail(context, 'done', `${product(context)} ${subject}, the outage is over`, text);
  },
});
