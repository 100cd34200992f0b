import { defineStep } from '#engine/define-step.ts';
import { affected, byMail, product } from './wording.ts';

/** The facts, "Outages": planned. Without a date the begin is announced when it comes. */
export const announcePlanned = defineStep({
  id: 'announce-planned',
  title: 'Announce the planned outage',
  danger: 'safe',
  tell: context => {
    const subject = `Planned outage: ${product(context)} upgrade`;
    const text = [
      `We are preparing an upgrade of ${product(context)} to a new Fedora release.`,
      '',
      `During the outage ${affected(context)} will not be available. Its begin and its end`,
      'are announced in #fedora-buildsys.',
    ].join('\n');
    return byMail(context, 'planned', subject, text);
  },
});
