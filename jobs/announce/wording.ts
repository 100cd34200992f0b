import type { Announcement } from '#core/entries.ts';
import type { StepContext } from '#engine/define-step.ts';
import { scene } from '../scene.ts';
import type { RoleName, RunSettings } from '../settings.ts';

/** What users lose while a role is away, in their words. */
const services: Readonly<Record<RoleName, readonly string[]>> = {
  frontend: ['web', 'API', 'builds'],
  backend: ['builds', 'repositories'],
  distgit: ['builds'],
  keygen: ['builds'],
};

const order = ['web', 'API', 'builds', 'repositories'];

/** The services that an outage of some targets takes away: "web, API and builds". */
export function affected(context: StepContext, targets: readonly string[] = context.run.targets): string {
  const settings = context.settings as unknown as RunSettings;
  const hit = new Set(targets.flatMap(name => services[settings.targets[name]?.role ?? 'backend']));
  return inWords(order.filter(service => hit.has(service)));
}

/** "a", "a and b", "a, b and c". */
export function inWords(words: readonly string[]): string {
  if (words.length <= 1) return words[0] ?? '';
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** "Fedora Copr", or "Fedora Copr (dev)" where it isn't the production one. */
export function product(context: StepContext): string {
  return context.run.environment === 'prod' ? 'Fedora Copr' : `Fedora Copr (${context.run.environment})`;
}

/** Where an outage takes the targets, in users' words; on the way back from there `again`. */
export function whereTo({ run }: StepContext, again: boolean): string {
  if ((run.what === 'return') === again) return 'the upgraded system';
  return 'the system from before the upgrade';
}

/** What an environment is told of. */
type Event = keyof RunSettings['environment']['announce'];

/** Unique in the run: a second outage of it begins and is over once more. */
function named({ run }: StepContext, event: Event): string {
  return run.outage === 1 ? event : `${event}-${run.outage}`;
}

/** One message to each room that is told of an event, in users' words: no id, no address. */
export function toRooms(context: StepContext, event: Event, text: string): Announcement[] {
  const { settings } = scene(context);
  return settings.environment.announce[event].rooms.map(room => ({
    item: `${named(context, event)}/tell/${room}`,
    channel: 'tell' as const,
    to: [room],
    subject: '',
    text,
  }));
}

/** The topic of the rooms that show one. An empty text restores what it was. */
export function asTopic(context: StepContext, event: Event, text: string): Announcement[] {
  const { settings } = scene(context);
  return settings.environment.topics.map(room => ({
    item: `${named(context, event)}/topic/${room}`,
    channel: 'topic' as const,
    to: [room],
    subject: '',
    text,
  }));
}

/** One mail to each list that is told of an event. */
export function byMail(context: StepContext, event: Event, subject: string, text: string): Announcement[] {
  const { settings } = scene(context);
  return settings.environment.announce[event].mail.map(to => ({
    item: `${event}/mail/${to}`,
    channel: 'mail' as const,
    to: [to],
    subject,
    text,
  }));
}
