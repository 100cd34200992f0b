import { Halt } from '#core/errors.ts';
import type { JsonObject } from '#core/json.ts';
import type { Readers } from '#engine/define-change.ts';
import type { ComputeReader, Instance } from '#ports/compute.ts';
import type { TargetFacts } from '../facts.ts';
import type { ReturnSettings, RunSettings, TargetSettings } from '../settings.ts';
import { placeFacts, proveMoves } from './aws-facts.ts';
import { fedoraOf } from './host-facts.ts';
import { servedFacts } from './served-facts.ts';

/**
 * What a return's plan is drawn from: the instance that serves must be the one that the upgrade launched, with the target's
 * volumes and addresses; the old one must be there as it was left. The old one's certificate is looked at when it runs: that of
 * the instance that leaves, renewed since, isn't compared with it.
 *
 * @param before facts that were read earlier in the run.
 * @throws Halt `not-returnable` naming all that is wrong with the old instance; others as they are read.
 */
export async function returnFacts(
  ports: Readers,
  settings: RunSettings,
  target: TargetSettings,
  back: ReturnSettings,
  before: JsonObject | undefined,
): Promise<TargetFacts> {
  const { compute, shell } = ports;
  const serving = await launchedInstance(compute, settings, target, back);
  const kept = await compute.instance(back.kept.instance);
  const problems = [
    ...(await keptProblems(compute, settings, target, back, kept)),
    ...(await snapshotProblems(compute, back)),
  ];
  if (kept === undefined || problems.length > 0)
    throw new Halt('not-returnable', problems.join('; '), { evidence: problems });
  const place = await placeFacts(compute, target, serving, await fedoraOf(shell, { instance: serving.id }));
  if (place.ipv6 !== null && kept.subnet !== serving.subnet)
    throw new Halt('not-returnable', `${place.ipv6} belongs to ${serving.subnet}, and ${kept.id} is in ${kept.subnet}`);
  await proveMoves(compute, settings, target, place, [{ action: 'StartInstances', instance: kept.id }]);
  const served = await servedFacts(ports, settings, target, serving, before);
  return {
    ...place,
    ...served,
    certificate: null,
    kept: {
      instance: kept.id,
      networkInterface: kept.networkInterface,
      privateIp: kept.privateIp,
      rootVolume: back.kept.rootVolume,
      ipv6: back.kept.ipv6 === null ? [] : [back.kept.ipv6],
    },
    image: { id: kept.image, name: '', release: back.kept.fedora, rootDevice: kept.rootDevice },
    hotFixes: [],
  };
}

/** The one instance with the target's name, which must be what the upgrade launched. @throws Halt `not-returnable`. */
async function launchedInstance(
  compute: ComputeReader,
  settings: RunSettings,
  target: TargetSettings,
  { upgrade, launched }: ReturnSettings,
): Promise<Instance> {
  const found = await compute.instances({ tags: { ...settings.environment.tags, Name: target.nameTag } });
  const alive = found.filter(isAlive);
  const [serving, second] = alive;
  if (serving?.id !== launched.instance || second !== undefined) {
    const named = alive.map(one => one.id).join(' and ') || 'no instance';
    throw new Halt(
      'not-returnable',
      `${upgrade} launched ${launched.instance}, and ${named} is named ${target.nameTag}`,
    );
  }
  if (serving.state !== 'running') throw new Halt('not-returnable', `${serving.id} is ${serving.state}`);
  return serving;
}

function isAlive({ state }: Instance): boolean {
  return state !== 'terminated' && state !== 'shutting-down';
}

/** Why the old instance can't serve again, one sentence each. */
async function keptProblems(
  compute: ComputeReader,
  settings: RunSettings,
  target: TargetSettings,
  { upgrade, kept: was }: ReturnSettings,
  kept: Instance | undefined,
): Promise<string[]> {
  const id = was.instance;
  if (kept === undefined || !isAlive(kept)) {
    const is = kept === undefined ? 'is gone' : `is ${kept.state}`;
    return [`${id}, from which ${upgrade} upgraded ${target.name}, ${is}: there is nothing to go back to`];
  }
  const problems: string[] = [];
  const wanted = { ...settings.environment.tags, Name: `${target.nameTag}-old` };
  for (const [key, value] of Object.entries(wanted)) {
    const is = kept.tags[key];
    if (is !== value)
      problems.push(`${id} has ${is === undefined ? `no tag ${key}` : `${key}=${is}`}, not ${key}=${value}`);
  }
  if (!(await compute.terminationProtected(id))) problems.push(`${id} isn't protected from termination any more`);
  const root = kept.devices.find(one => one.name === kept.rootDevice)?.volume;
  if (root !== was.rootVolume) problems.push(`the root of ${id} is ${root ?? 'no volume'}, it was ${was.rootVolume}`);
  const beside = kept.devices.filter(one => one.name !== kept.rootDevice);
  if (beside.length > 0) problems.push(`${beside.map(one => one.volume).join(', ')} hangs on ${id}`);
  if (kept.privateIp !== was.privateIp) problems.push(`${id} has ${kept.privateIp}, it had ${was.privateIp}`);
  if (was.ipv6 !== null && !kept.ipv6.includes(was.ipv6))
    problems.push(`${id} has ${kept.ipv6.join(', ') || 'no IPv6 address'}, it had ${was.ipv6}`);
  return problems;
}

/** A snapshot that isn't whole, or is gone, gives no volume. */
async function snapshotProblems(compute: ComputeReader, { snapshots, upgrade }: ReturnSettings): Promise<string[]> {
  const problems: string[] = [];
  for (const { volume, snapshot } of snapshots) {
    const found = await compute.snapshot(snapshot);
    if (found?.state === 'completed') continue;
    problems.push(`${snapshot}, the clean snapshot of ${volume} in ${upgrade}, is ${found?.state ?? 'gone'}`);
  }
  return problems;
}
