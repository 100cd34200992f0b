import { Halt } from '#core/errors.ts';
import type { Readers } from '#engine/define-change.ts';
import type { ComputeReader, Instance } from '#ports/compute.ts';
import type { RunSettings, TargetSettings } from '../settings.ts';

/** What a retirement's plan is drawn from. */
export type RetirementFacts = {
  readonly old: { readonly instance: string };
  readonly successor: { readonly instance: string };
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
  const old = one(
    await compute.instances({ tags: { ...tags, Name: `${target.nameTag}-old` } }),
    `${target.nameTag}-old`,
  );
  const successor = one(await compute.instances({ tags: { ...tags, Name: target.nameTag } }), target.nameTag);
  const problems: string[] = [];
  if (successor.state !== 'running') problems.push(`${successor.id}, its successor, is ${successor.state}`);
  const hanging = await compute.volumes({ instance: old.id });
  const root = old.devices.find(device => device.name === old.rootDevice)?.volume;
  for (const volume of hanging) {
    if (volume.id !== root) problems.push(`${volume.id} still hangs on ${old.id}`);
  }
  for (const address of await compute.addresses({ instance: old.id }))
    problems.push(`${address.publicIp} is still at ${old.id}`);
  problems.push(...(await ipv6Problems(ports, target, old)));
  for (const { id } of target.volumes) problems.push(...(await snapshotProblems(compute, id)));
  const temporary = await compute.volumes({
    tags: { ...tags, CoprPurpose: 'temporary', Name: `${target.nameTag}-temp` },
  });
  return {
    facts: {
      old: { instance: old.id },
      successor: { instance: successor.id },
      temporaryVolumes: temporary
        .filter(volume => volume.state === 'available' && volume.id !== target.temporary?.volume)
        .map(volume => volume.id),
    },
    problems,
  };
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

function one(found: readonly Instance[], name: string): Instance {
  const alive = found.filter(instance => instance.state !== 'terminated' && instance.state !== 'shutting-down');
  const [instance, second] = alive;
  if (instance === undefined) throw new Halt('nothing-to-retire', `no instance is named ${name}`);
  if (second !== undefined)
    throw new Halt('two-instances', `${alive.map(each => each.id).join(' and ')} are both named ${name}`);
  return instance;
}
