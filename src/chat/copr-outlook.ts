import type { JsonObject } from '#core/json.ts';
import type { Run, StepState } from '#core/run.ts';
import { counted, safeguards } from './copr-safeguards.ts';
import type { KeptThings, Outlook, ServiceWindow } from './outlook.ts';

const second = 1_000;
const minute = 60 * second;

/** About how long each step of the procedure takes on the real estate; everything else a few seconds. */
const times: Readonly<Record<string, number>> = {
  'check-readiness': 40 * second,
  'copy-certificates': 2 * minute,
  'launch-instance': 3.5 * minute,
  'snapshot-ahead': 4 * minute,
  'warm-up': 5 * minute,
  'copy-root-state': minute,
  'try-database': 8 * minute,
  'attach-temporary-storage': 20 * second,
  'associate-temporary-address': 30 * second,
  'provision-ahead': 12 * minute,
  'allow-new-address': 2 * minute,
  'drain-builders': 30 * second,
  'finish-work': 40 * second,
  'back-up-database': 22 * minute,
  'unmount-data': 20 * second,
  'power-off-old': 40 * second,
  'detach-data': 15 * second,
  'attach-data': 15 * second,
  'assemble-storage': 15 * second,
  'serve-repositories': 10 * second,
  'move-address': 30 * second,
  'lower-dns-ttl': 2 * minute,
  'change-dns': 2 * minute,
  'restore-dns-ttl': 2 * minute,
  provision: 12 * minute,
  'upgrade-database': 3 * minute,
  'reindex-database': 4 * minute,
  'migrate-database': 3 * minute,
  'switch-signing': 90 * second,
  'enable-services': 12 * minute,
  'check-service': 30 * second,
  'check-old': 30 * second,
  'restore-database': 90 * second,
  'check-return': 40 * second,
  'start-old': 2 * minute,
  'ready-old': 10 * second,
  'play-configuration': 90 * second,
  'put-database-back': 10 * second,
  'restore-data': 2 * minute,
  'start-services': 30 * second,
  'set-aside-new': 40 * second,
  'reboot-test': 2 * minute,
  'drop-old-address': 2 * minute,
  'terminate-old': 40 * second,
};

/** What users notice while which steps run (section "Outage" of the procedure). */
const windows: readonly ServiceWindow[] = [
  { service: 'web and API', role: 'frontend', from: ['stop-services'], until: ['check-service', 'enable-services'] },
  { service: 'builds', role: 'frontend', from: ['stop-services'], until: ['check-service', 'enable-services'] },
  {
    service: 'builds',
    role: 'backend',
    from: ['drain-builders', 'stop-services'],
    until: ['check-service', 'enable-services'],
  },
  {
    service: 'builds',
    role: 'distgit',
    from: ['hold-builds', 'stop-services'],
    until: ['release-builds', 'check-service'],
  },
  {
    service: 'builds',
    role: 'keygen',
    from: ['hold-builds', 'stop-services'],
    until: ['release-builds', 'check-service'],
  },
  { service: 'repositories', role: 'backend', from: ['unmount-data'], until: ['serve-repositories'] },
];

/** Steps whose way back plays a playbook again. */
const playedAgain: ReadonlySet<string> = new Set(['allow-new-address', 'drop-old-address']);

/** Fedora Copr as its users know it. `speed`: how much faster than the real one the world runs (the simulator's). */
export function coprOutlook(speed = 1): Outlook {
  const stepTime = (step: string) => (times[step.replace(/^undo-/, '')] ?? 3 * second) / speed;
  return {
    windows,
    stepTime,
    // Few playbooks are played again to go back; what is the way back's own takes its time.
    backTime: step =>
      playedAgain.has(step.replace(/^undo-/, '')) || step === 'restore-database'
        ? stepTime(step)
        : Math.min(minute / speed, stepTime(step)),
    checked: 'AWS, hosts, addresses, volumes, inventory, image',
    safeguards,
    counted,
    releases,
    hotFixes,
    kept,
    sshTo,
  };
}

/** What the facts of check-readiness say, as far as people are told of it. */
interface KnownFacts {
  /** Of a retirement: data volumes that a way back set aside. */
  readonly keptVolumes?: readonly string[];
  readonly old?: { readonly instance?: string; readonly privateIp?: string; readonly fedora?: number };
  readonly kept?: { readonly privateIp: string };
  readonly image?: { readonly release?: number };
  readonly address?: { readonly publicIp?: string };
  readonly temporaryAddress?: { readonly publicIp?: string } | null;
  readonly hotFixTexts?: readonly { readonly path: string; readonly about: string; readonly text: string | null }[];
}

function releases(facts: JsonObject): { from: number; to: number } | undefined {
  const { old, image } = facts as KnownFacts;
  if (old?.fedora === undefined || image?.release === undefined) return undefined;
  return { from: old.fedora, to: image.release };
}

/** A line for each file, and what stands in it; undefined where there is nothing that may be shown. */
function hotFixes(facts: JsonObject): string | undefined {
  const { hotFixTexts: texts = [] } = facts as KnownFacts;
  if (texts.every(one => one.text === null)) return undefined;
  return texts
    .map(({ path, about, text }) => `== ${path}: ${about}\n${text === null ? '' : text.replace(/\n?$/, '\n')}`)
    .join('\n');
}

function kept(run: Run, target: string): KeptThings {
  const made = Object.values(run.steps)
    .filter(step => step.node.target === target)
    .flatMap(step => step.plan ?? [])
    .filter(change => run.changes[change.id]?.outcome === 'made');
  const { keptVolumes: found = [] } = (run.facts[target]?.facts ?? {}) as KnownFacts;
  const of = (kind: string) => made.filter(change => change.kind === kind);
  // A return stops the instance that it went back from, and sets no snapshot aside, unless it turned back itself.
  const stays = run.what === 'return' && run.turned[target] === undefined;
  const stopped = stays ? of('stop-instance') : [];
  return {
    instances: [...of('set-aside-instance'), ...stopped].map(({ args }) => String(args.instance)),
    volumes: [...of('attach-restored-volume').map(({ args }) => String(args.original)), ...found],
    snapshots: stays ? [] : of('create-snapshot').map(({ id }) => String(run.changes[id]?.output?.snapshot)),
  };
}

/** The address of the instance that the change in hand acts on, wherever the target's addresses are by then. */
function sshTo(run: Run, step: StepState): string | undefined {
  const { target } = step.node;
  const facts = run.facts[target]?.facts as KnownFacts | undefined;
  const launched = facts?.kept ?? run.steps[`${target}/launch-instance`]?.outputs;
  const isDone = (id: string) => run.steps[`${target}/${id}`]?.status === 'done';
  if (facts?.old === undefined || launched === undefined || launched === null) return undefined;
  const moved = isDone('move-address') && !isDone('undo-move-address');
  const { host, instance, limit } = argumentsOf(run, step);
  // A playbook fails on the host that it is limited to, which may be another target's.
  if (limit !== undefined) return limit;
  const acted = step.node.step === 'check-old' ? facts.old.instance : (host?.instance ?? instance);
  if (acted === facts.old.instance) return moved ? facts.old.privateIp : facts.address?.publicIp;
  if (moved) return facts.address?.publicIp;
  if (isDone('associate-temporary-address') && facts.temporaryAddress?.publicIp !== undefined) {
    return facts.temporaryAddress.publicIp;
  }
  return typeof launched.privateIp === 'string' ? launched.privateIp : undefined;
}

/** What a step's first change that isn't made acts on. */
function argumentsOf(run: Run, step: StepState) {
  const change = step.plan?.find(one => run.changes[one.id]?.outcome !== 'made');
  return (change?.args ?? {}) as {
    readonly host?: { readonly instance?: string };
    readonly instance?: string;
    readonly limit?: string;
  };
}
