import { changeTag } from '#changes/launch-instance.ts';
import { turnedBack, workflowTag } from '#changes/set-aside-instance.ts';
import { Halt } from '#core/errors.ts';
import type { Readers } from '#engine/define-change.ts';
import type { ComputeReader, Instance, Snapshot, Volume } from '#ports/compute.ts';
import type { RunSettings, TargetSettings } from '../settings.ts';
import { isSnapshotOf } from '../tags.ts';

/** What a retirement's plan is drawn from. */
export type RetirementFacts = {
  /** Null: the target wasn't upgraded, but a run that turned back left a new instance. */
  readonly old: { readonly instance: string } | null;
  /** Instances that runs launched and turned back from, kept since. Absent in runs of earlier versions. */
  readonly turnedBack?: readonly string[];
  readonly successor: { readonly instance: string };
  /** Snapshots of runs that were cancelled or turned back. Absent in runs of earlier versions. */
  readonly snapshots?: readonly string[];
  /** Data volumes that others took the place of on a way back: kept, for people to delete. Absent in runs of earlier versions. */
  readonly keptVolumes?: readonly string[];
  /** Volumes that Ferry made for the time of the upgrade, free now; never the one that the estate names. */
  readonly temporaryVolumes: readonly string[];
};

/** Reads a target's old instance and its successor. `problems`: why the old one can't go yet, one sentence each. */
export async function retirementFacts(
  ports: Pick<Readers, 'compute' | 'dns'>,
  settings: RunSettings,
  target: TargetSettings,
): Promise<{ facts: RetirementFacts; problems: string[] }> {
  const { compute } = ports;
  const { tags } = settings.environment;
  const [old, second] = alive(await compute.instances({ tags: { ...tags, Name: `${target.nameTag}-old` } }));
  if (old !== undefined && second !== undefined) throw twoInstances([old, second], `${target.nameTag}-old`);
  const turnedBackOnes = alive(
    await compute.instances({ tags: { ...tags, Name: `${target.nameTag}-new`, [workflowTag]: turnedBack } }),
  );
  const snapshots = await turnedBackSnapshots(compute, settings, target);
  const keptVolumes = await setAsideVolumes(compute, settings, target);
  if (old === undefined && turnedBackOnes.length === 0 && snapshots.length === 0) {
    throw new Halt(
      'nothing-to-retire',
      `no instance is named ${target.nameTag}-old, and no instance and no snapshot is kept that a run turned back from`,
    );
  }
  const successor = one(await compute.instances({ tags: { ...tags, Name: target.nameTag } }), target.nameTag);
  const problems: string[] = [];
  if (successor.state !== 'running') problems.push(`${successor.id}, its successor, is ${successor.state}`);
  for (const leaving of old === undefined ? turnedBackOnes : [old, ...turnedBackOnes]) {
    problems.push(...(await stillHolds(compute, leaving)), ...(await ipv6Problems(ports, target, leaving)));
  }
  if (old !== undefined) for (const { id } of target.volumes) problems.push(...(await snapshotProblems(compute, id)));
  const temporary = await compute.volumes({
    tags: { ...tags, CoprPurpose: 'temporary', Name: `${target.nameTag}-temp` },
  });
  return {
    facts: {
      old: old === undefined ? null : { instance: old.id },
      turnedBack: turnedBackOnes.map(instance => instance.id),
      successor: { instance: successor.id },
      snapshots: snapshots.map(one => one.id),
      keptVolumes: keptVolumes.map(one => one.id),
      temporaryVolumes: temporary
        .filter(volume => volume.state === 'available' && volume.id !== target.temporary?.volume)
        .map(volume => volume.id),
    },
    problems,
  };
}

/** By the names that a run gives its snapshots: of this target, not of one whose name begins alike. */
async function turnedBackSnapshots(
  compute: ComputeReader,
  { environment: { tags } }: RunSettings,
  { nameTag }: TargetSettings,
): Promise<Snapshot[]> {
  const tagged = await compute.snapshots({ tags: { ...tags, [workflowTag]: turnedBack } });
  return tagged.filter(one => one.tags[changeTag] !== undefined && isSnapshotOf(one.tags.Name ?? '', nameTag));
}

/** Data volumes that a way back put others in the place of: they have the name of one in use, and nothing uses them. */
async function setAsideVolumes(
  compute: ComputeReader,
  { environment: { tags } }: RunSettings,
  { nameTag, volumes }: TargetSettings,
): Promise<Volume[]> {
  const tagged = await compute.volumes({ tags: { ...tags, [workflowTag]: turnedBack } });
  const free = tagged.filter(one => one.state === 'available' && one.tags[workflowTag] === turnedBack);
  if (free.length === 0) return [];
  const inUse = await Promise.all(volumes.map(({ id }) => compute.volume(id)));
  const names = new Set([nameTag, ...inUse.map(one => one?.tags.Name)]);
  return free.filter(one => names.has(one.tags.Name));
}

/** What would go with an instance, or be without one. */
async function stillHolds(compute: ComputeReader, leaving: Instance): Promise<string[]> {
  const root = leaving.devices.find(device => device.name === leaving.rootDevice)?.volume;
  const hanging = (await compute.volumes({ instance: leaving.id })).filter(volume => volume.id !== root);
  const addresses = await compute.addresses({ instance: leaving.id });
  return [
    ...hanging.map(volume => `${volume.id} still hangs on ${leaving.id}`),
    ...addresses.map(address => `${address.publicIp} is still at ${leaving.id}`),
  ];
}

/** An address that doesn't move goes with the old instance, once no name server answers with it any more. */
async function ipv6Problems(
  { dns }: Pick<Readers, 'dns'>,
  { host, ipv6, ipv6Moves }: TargetSettings,
  old: Instance,
): Promise<string[]> {
  if (ipv6Moves !== false) return ipv6 !== null && old.ipv6.includes(ipv6) ? [`${ipv6} is still at ${old.id}`] : [];
  const answers = await dns.resolve(host, 'AAAA');
  return answers.flatMap(({ server, addresses }) => {
    // No record at all is no proof that users have gone elsewhere.
    if (addresses.length === 0) return [`${server} answers no IPv6 address for ${host}`];
    return addresses
      .filter(address => old.ipv6.includes(address))
      .map(address => `${server} still answers ${address} for ${host}, which is at ${old.id}`);
  });
}

async function snapshotProblems(compute: ComputeReader, volume: string): Promise<string[]> {
  const clean = (await compute.snapshots({ volume })).filter(snapshot => snapshot.tags.Name?.endsWith('-clean'));
  const newest = clean.toSorted((a, b) => b.startedAt - a.startedAt)[0];
  if (newest === undefined) return [`${volume} has no clean snapshot`];
  return newest.state === 'completed' ? [] : [`${newest.id}, the clean snapshot of ${volume}, is ${newest.state}`];
}

function alive(found: readonly Instance[]): Instance[] {
  return found.filter(instance => instance.state !== 'terminated' && instance.state !== 'shutting-down');
}

function one(found: readonly Instance[], name: string): Instance {
  const living = alive(found);
  const [instance, second] = living;
  if (instance === undefined) throw new Halt('nothing-to-retire', `no instance is named ${name}`);
  if (second !== undefined) throw twoInstances(living, name);
  return instance;
}

function twoInstances(living: readonly Instance[], name: string): Halt {
  return new Halt('two-instances', `${living.map(each => each.id).join(' and ')} are both named ${name}`);
}
