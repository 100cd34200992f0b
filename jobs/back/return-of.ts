import type { Change } from '#core/change.ts';
import { outageSince } from '#core/readiness.ts';
import type { Run } from '#core/run.ts';
import type { Procedure, Returns } from '#engine/plan-step.ts';
import { restoredTargets } from '#engine/restoring.ts';
import { inversesOf } from '#engine/turn-back.ts';
import type { TargetFacts } from '../facts.ts';
import type { Launched } from '../scene.ts';
import type { ReturnSettings, RunSettings } from '../settings.ts';

/** Steps of an upgrade whose traces on the old instance a return takes away, and what it takes of each. */
const traces: Readonly<Record<string, readonly string[]>> = {
  'quiet-old': ['set-units'],
  'unmount-data': ['set-units', 'replace-lines'],
  'stop-database': ['set-units'],
  'stop-services': ['set-units'],
  'drain-builders': ['set-units', 'restore-file'],
  'rename-instances': ['set-tags'],
};

/** What a return from an upgrade would be, or why there is none: one sentence each. */
export type ReturnOf =
  | { readonly possible: true; readonly settings: ReturnSettings }
  | { readonly possible: false; readonly impossible: readonly string[] };

/**
 * What the journal of an upgrade that is over says of going back to a target's old instance. Volumes, addresses and lists
 * move afresh, by what is read then; what the upgrade did on the old host itself is undone by its inverses. Pure.
 *
 * @param keys pinned host keys of an instance, where another run knows them better than this one.
 */
export function returnOf(
  run: Run,
  name: string,
  procedure: Procedure,
  keys: (instance: string) => readonly string[] | undefined = () => undefined,
): ReturnOf {
  const facts = run.facts[name]?.facts as TargetFacts | undefined;
  const launched = run.steps[`${name}/launch-instance`]?.outputs as Launched | undefined;
  const target = (run.settings as unknown as RunSettings).targets[name];
  if (facts === undefined || launched === undefined || target === undefined)
    return no(`the journal of ${run.id} doesn't say from which instance to which it took ${name}`);
  const { instance, networkInterface, privateIp, rootVolume, fedora } = facts.old;
  const hostKeys = keys(instance) ?? target.hostKeys;
  const database = databaseOf(run, name, procedure);
  if (database === undefined) {
    return no(
      `in ${run.id} the database of ${name} was upgraded or its schema migrated, the old server can't read it any more, and no clean snapshot holds what it was: only the dump does, for people to load`,
    );
  }
  const since = outageSince(run) ?? run.proposedAt;
  return {
    possible: true,
    settings: {
      upgrade: run.id,
      since,
      kept: {
        ...{ instance, networkInterface, privateIp, rootVolume, fedora, hostKeys },
        ipv6: target.ipv6Moves === false ? target.ipv6 : null,
      },
      launched: {
        instance: launched.instance,
        hostKeys: keys(launched.instance) ?? [],
        ipv6: launched.ipv6?.[0] ?? null,
      },
      undo: undoOf(run, name, procedure),
      ...database,
      remarks: remarksOf(run, name),
    },
  };
}

function no(sentence: string): Extract<ReturnOf, { possible: false }> {
  return { possible: false, impossible: [sentence] };
}

function undoOf(run: Run, name: string, procedure: Procedure): Record<string, readonly Change[]> {
  return Object.fromEntries(
    Object.entries(traces).flatMap(([step, kinds]) => {
      const { changes } = inversesOf(run, `${name}/${step}`, procedure);
      const mine = changes.filter(change => kinds.includes(change.kind));
      return mine.length === 0 ? [] : [[step, mine]];
    }),
  );
}

type Database = Pick<ReturnSettings, 'oldCluster' | 'snapshots' | 'lost'>;

/**
 * An upgrade by copy left the old cluster beside the new one: it serves again, with the schema that it had. After one by
 * link, or a migration of the schema, only the clean snapshots hold what the old server can read. Undefined where there is none.
 */
function databaseOf(run: Run, name: string, procedure: Procedure): Database | undefined {
  const { changes } = inversesOf(run, `${name}/upgrade-database`, procedure);
  const back = changes.find(change => change.kind === 'restore-old-database');
  const since = `all that was written to the database since the outage of ${run.id}`;
  if (back !== undefined) {
    const { major } = back.args as { readonly major: number };
    return {
      oldCluster: major,
      snapshots: [],
      lost: [`${since}: its old cluster serves again, the new one is kept beside it`],
    };
  }
  if (!restoredTargets(run, [name], procedure).has(name)) return { oldCluster: null, snapshots: [], lost: [] };
  const snapshots = cleanSnapshots(run, name);
  if (snapshots === undefined) return undefined;
  const made = snapshots.map(one => `${one.snapshot} of ${one.volume}`).join(', ');
  const lost = `${since}: it comes back from the clean snapshots (${made}), and the upgraded volumes are kept`;
  return { oldCluster: null, snapshots, lost: [lost] };
}

/** Of each data volume the one that the upgrade made in its outage; undefined where one is missing. */
function cleanSnapshots(run: Run, name: string): ReturnSettings['snapshots'] | undefined {
  const { volumes } = (run.facts[name]?.facts ?? {}) as Partial<TargetFacts>;
  const made = (run.steps[`${name}/snapshot-data`]?.outputs?.changes ?? []) as readonly {
    readonly snapshot?: string;
  }[];
  const found = (volumes ?? []).flatMap(({ id }, index) => {
    const snapshot = made[index]?.snapshot;
    return snapshot === undefined ? [] : [{ volume: id, snapshot }];
  });
  return found.length > 0 && found.length === volumes?.length ? found : undefined;
}

/** What people did by hand left nothing that could be undone by itself. */
function remarksOf(run: Run, name: string): string[] {
  return Object.keys(traces).flatMap(step => {
    const byHand = run.steps[`${name}/${step}`]?.byHand;
    if (byHand === undefined || step === 'rename-instances') return [];
    return [
      `${byHand.person} did ${step} of ${run.id} by hand: what that changed on the old instance isn't undone by itself.`,
    ];
  });
}

/** What the engine and the room know of returns. */
export const returns: Returns = {
  whyNot(run, target, procedure) {
    const found = returnOf(run, target, procedure);
    return found.possible ? [] : found.impossible;
  },
  lost(run) {
    const { returns: back = {}, targets } = run.settings as unknown as RunSettings;
    const names = run.targets.map(target => target.name);
    const lost = names.flatMap(name => (back[name]?.lost ?? []).map(what => `of ${name} ${what}`));
    const copied = [...new Set(names.flatMap(name => targets[name]?.rootState ?? []))];
    const also = copied.length === 0 ? '' : `, ${copied.join(', ')} ${copied.length === 1 ? 'is' : 'are'} copied back`;
    const moves = `the data volumes move back as they are then${also}; what else the new instance wrote to its own disk stays there`;
    return lost.length === 0 ? `nothing: ${moves}` : `${lost.join('; ')}. All else stays: ${moves}`;
  },
};
