import { originalTag } from '#changes/shared/restored-volume.ts';
import { compare, type DemoTarget, problemsAfter } from '#cli/demo/check-world.ts';
import type { WorldView } from '#cli/demo/world-view.ts';
import type { Entry } from '#core/entries.ts';
import { fold } from '#core/fold.ts';
import type { SimCall } from '#sim/state.ts';
import { entriesIn } from '#test/builders/journal-key.ts';
import { anyGame } from './place.ts';

/** What goes on in the world by itself, or depends on who was there when. */
const byItself =
  /^(?:process-(?:started|ended|killed)|ipv6-seen|automatic-address|snapshot-.*|volume-(?:available|attached|detached|deleted)|instance-.*|status-ok|console-ready|checkout-updated|booted|builders-started)$/;

/** What the bot changed in the world, each change a line, the same in every game of an upgrade. */
export function effectsOf(effects: readonly SimCall[], seed: string): string[] {
  return effects
    .filter(one => one.service !== 'matrix' && one.service !== 'smtp' && !byItself.test(one.action))
    .map(({ service, action, host, args }) => {
      const commits = (args as { commits?: readonly { subject: string }[] }).commits;
      const about = commits === undefined ? args : commits.map(commit => commit.subject);
      return anyGame(`${service} ${action} ${host ?? ''} ${JSON.stringify(about)}`, seed);
    })
    .sort();
}

/** What the bot said more than once to a room, or to somebody who must act. A thread's small talk may well say the same of two changes. */
function saidTwice(effects: readonly SimCall[]): string[] {
  const said = effects.flatMap(({ service, action, args }) => {
    const { sender, room, content } = args as { sender?: string; room?: string; content?: Record<string, unknown> };
    if (service !== 'matrix' || action !== 'send' || sender !== '@ferry:sim') return [];
    const relation = content?.['m.relates_to'] as { rel_type?: string } | undefined;
    if (content?.body === undefined || relation?.rel_type === 'm.replace') return [];
    if (relation?.rel_type === 'm.thread' && content.msgtype !== 'm.text') return [];
    return [`${room} ${String(content?.body)}`];
  });
  return said.filter((text, index) => said.indexOf(text) !== index);
}

/** Of two lists, what one has more often than the other. */
function more(these: readonly string[], those: readonly string[]): string[] {
  const left = [...those];
  return these.filter(one => {
    const at = left.indexOf(one);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** Each gated request stands in the journal after another person's approval of its gate. */
function withoutApproval(entries: readonly Entry[]): string[] {
  const { asker, steps } = fold(entries);
  const approved = new Set<string>();
  return entries.flatMap(entry => {
    if (entry.type === 'approved' && entry.person !== asker) approved.add(entry.gate);
    if (entry.type !== 'intended') return [];
    const step = Object.values(steps).find(one => one.plan?.some(change => change.id === entry.change));
    const gate = step?.node.gate;
    return gate === undefined || approved.has(gate) ? [] : [`${entry.change} was sent without ${gate}`];
  });
}

/** No effect of a gated kind is older than the approval of its gate. Times of both are this machine's clock. */
function tooEarly(entries: readonly Entry[], effects: readonly SimCall[], seed: string): string[] {
  const since = (gate: string) =>
    entries.find(entry => entry.type === 'approved' && entry.gate === gate)?.at ?? Number.POSITIVE_INFINITY;
  const gated: readonly (readonly [string, (one: SimCall) => boolean])[] = [
    ['outage', one => one.action === 'unit-stopped' && seed.includes(String(one.host))],
    ['storage', one => one.action === 'DetachVolume' && seed.includes((one.args as { VolumeId: string }).VolumeId)],
    ['address', one => one.action === 'UnassignIpv6Addresses'],
  ];
  return gated.flatMap(([gate, is]) =>
    effects.filter(one => is(one) && one.time < since(gate)).map(one => `${one.action} came before ${gate}`),
  );
}

export interface Evidence {
  readonly before: WorldView;
  readonly after: WorldView;
  readonly seed: string;
  readonly targets: readonly DemoTarget[];
  /** To the new instance, or there and back by a run of its own or by the run's way back: each target is where it was before. */
  readonly goes: 'there' | 'return' | 'back';
  readonly effects: readonly SimCall[];
  /** Folder of the mirror. */
  readonly mirror: string;
  readonly run: string;
}

/** A volume that was made in the place of another stands for it. */
function inPlaces(world: WorldView): WorldView {
  const { volumes = [] } = world as {
    readonly volumes?: readonly { VolumeId: string; Tags: WorldView['instances'][number]['Tags'] }[];
  };
  const stands = new Map(
    volumes.map(one => [one.VolumeId, one.Tags.find(tag => tag.Key === originalTag)?.Value ?? one.VolumeId]),
  );
  const instances = world.instances.map(one => ({
    ...one,
    BlockDeviceMappings: one.BlockDeviceMappings.map(({ DeviceName, Ebs }) => ({
      DeviceName,
      Ebs: { VolumeId: stands.get(Ebs.VolumeId) ?? Ebs.VolumeId },
    })),
  }));
  return { ...world, instances };
}

/** The same instance serves with all that it had, and the inventory is what it was. */
function notAsBefore(before: WorldView, after: WorldView, targets: readonly DemoTarget[]): string[] {
  const moved = compare(before, inPlaces(after), targets).filter(row => canonical(row.before) !== canonical(row.after));
  const files = Object.keys(before.inventory).filter(file => before.inventory[file] !== after.inventory[file]);
  return [
    ...moved.map(row => `${row.target} is ${canonical(row.after)}, it was ${canonical(row.before)}`),
    ...files.map(file => `the inventory differs in ${file}`),
  ];
}

function canonical(view: unknown): string {
  return JSON.stringify(view);
}

/** What is wrong after a game, one sentence each. @param undisturbed the effects of a game without kills. */
export function problemsOf(evidence: Evidence, undisturbed?: readonly string[]): string[] {
  const { before, after, seed, targets, effects, mirror, run } = evidence;
  const entries = entriesIn(mirror, run);
  const mine = effectsOf(effects, seed);
  const outcome = fold(entries).ended?.outcome;
  return [
    ...(outcome === (evidence.goes === 'back' ? 'rolled-back' : 'done') ? [] : [`${run} ended as ${outcome}`]),
    ...entries.flatMap(entry => (entry.type === 'halted' ? [`${entry.step} halted: ${entry.sentence}`] : [])),
    ...entries.flatMap(entry => (entry.type === 'voided' ? [`${entry.request} was void`] : [])),
    ...(evidence.goes === 'there' ? problemsAfter : notAsBefore)(before, after, targets),
    ...withoutApproval(entries),
    ...tooEarly(entries, effects, seed),
    ...saidTwice(effects).map(text => `said twice: ${text}`),
    ...more(mine, undisturbed ?? mine).map(line => `once too often: ${line}`),
    ...more(undisturbed ?? mine, mine).map(line => `missing: ${line}`),
  ];
}
