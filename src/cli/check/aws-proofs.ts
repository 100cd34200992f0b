import { Halt } from '#core/errors.ts';
import type { Estate, Target } from '#estate/schema.ts';
import { oldInstance } from '#jobs/read/aws-facts.ts';
import { replacedVolume } from '#jobs/read/replaced-volume.ts';
import { settingsOf } from '#jobs/settings-of.ts';
import type { ComputeReader, DryRunAction, Image, Instance } from '#ports/compute.ts';
import type { Proof } from './proof.ts';

const policy = 'see docs/aws-iam-policy.json and the targets in the estate';

/** What is there for all targets, and for each what AWS would let us do, asked by DryRun. */
export function awsProofs(estate: Estate, compute: () => ComputeReader): Proof[] {
  return [
    { of: 'aws', see: () => common(estate, compute()), otherwise: policy },
    ...Object.values(estate.targets).map(target => ({
      of: `aws ${target.name}`,
      see: () => ofTarget(estate, target, compute()),
      otherwise: policy,
    })),
  ];
}

async function common({ aws }: Estate, compute: ComputeReader): Promise<string> {
  const [subnet, key, images] = await Promise.all([
    compute.subnet(aws.subnet),
    compute.keyPair(aws.keyPair),
    compute.images(aws.imageOwner, aws.imageName.replaceAll('{release}', '*')),
  ]);
  if (subnet === undefined) throw notThere(`subnet ${aws.subnet}`);
  if (subnet.zone !== aws.zone) throw notThere(`subnet ${aws.subnet} in ${aws.zone}: it is in ${subnet.zone}`);
  if (!key) throw notThere(`key pair "${aws.keyPair}"`);
  const image = newestRelease(images);
  if (image === undefined) throw notThere(`image ${aws.imageName} of account ${aws.imageOwner}`);
  return `${aws.region} answers; ${subnet.freeAddresses} free addresses in ${subnet.id}; newest image ${image.name}`;
}

async function ofTarget(estate: Estate, target: Target, compute: ComputeReader): Promise<string> {
  const settings = settingsOf(estate, target.environment, '');
  const known = settings.targets[target.name];
  if (known === undefined) throw notThere(target.name);
  const old = await oldInstance(compute, settings, known);
  if (target.instance !== undefined && target.instance !== old.id) {
    throw new Halt('not-as-in-estate', `${target.instanceName} is ${old.id}, the estate says ${target.instance}`);
  }
  const { imageOwner, imageName, zone } = estate.aws;
  const [address, group, volumes, offered, images] = await Promise.all([
    compute.address(target.elasticIp.address),
    compute.securityGroup(target.securityGroup),
    compute.volumes({ instance: old.id }),
    compute.offered(target.type, zone),
    compute.images(imageOwner, imageName.replaceAll('{release}', '*')),
  ]);
  if (address?.instance !== old.id) throw notThere(`${target.elasticIp.address} at ${old.id}`);
  if (address.allocation !== target.elasticIp.allocation) {
    throw new Halt(
      'not-as-in-estate',
      `${address.publicIp} is ${address.allocation}, the estate says ${target.elasticIp.allocation}`,
    );
  }
  if (group === undefined) throw notThere(`security group ${target.securityGroup}`);
  if (!offered) throw notThere(`type ${target.type} in ${zone}`);
  const away = target.volumes.filter(({ id }) => !volumes.some(volume => volume.id === id));
  const [replaced] = away.flatMap(one => replacedVolume(target.name, one, old.id, volumes) ?? []);
  if (replaced !== undefined) throw new Halt('not-as-in-estate', replaced);
  if (away.length > 0) throw notThere(`${away.map(({ id }) => id).join(', ')} on ${old.id}`);
  const image = newestRelease(images);
  if (image === undefined) throw notThere(`image ${imageName} of account ${imageOwner}`);
  const actions = dryRuns(estate, target, { old, image, group: group.id, tags: settings.environment.tags });
  const answers = await Promise.all(actions.map(action => compute.mayDo(action)));
  const refused = [...new Set(answers.filter(answer => answer !== true))];
  if (refused.length > 0) throw new Halt('not-allowed', refused.join('; '));
  const names = [...new Set(actions.map(one => one.action))];
  return `${old.id}, ${volumes.length} volumes, ${address.publicIp}; may ${names.join(', ')}`;
}

/** All that has a DryRun and an object to try it on. The rest (tags, IPv6, protection) shows only in a run. */
function dryRuns(
  { aws }: Estate,
  target: Target,
  there: {
    readonly old: Instance;
    readonly image: Image;
    readonly group: string;
    readonly tags: Readonly<Record<string, string>>;
  },
): DryRunAction[] {
  const { old, image, group, tags } = there;
  const launch = {
    image: image.id,
    type: target.type,
    subnet: aws.subnet,
    securityGroup: group,
    keyName: aws.keyPair,
    rootDevice: image.rootDevice,
    rootGiB: target.rootGib,
    ipv6Count: 0,
    tags: { ...tags, Name: `${target.instanceName}-new` },
    userData: '',
  };
  const { id: instance } = old;
  return [
    { action: 'RunInstances', spec: launch },
    { action: 'StopInstances', instance },
    { action: 'TerminateInstances', instance },
    ...target.volumes.flatMap(({ id, device }): DryRunAction[] => [
      { action: 'DetachVolume', volume: id, instance, device },
      { action: 'CreateSnapshot', volume: id, tags: { ...tags, Name: `backup-data-${target.instanceName}` } },
    ]),
    {
      action: 'AssociateAddress',
      allocation: target.elasticIp.allocation,
      networkInterface: old.networkInterface,
    },
  ];
}

function newestRelease(images: readonly Image[]): Image | undefined {
  return images.find(({ name }) => !/beta|rawhide|prerelease|_rc/i.test(name));
}

function notThere(what: string): Halt {
  return new Halt('not-as-in-estate', `there is no ${what}`);
}
