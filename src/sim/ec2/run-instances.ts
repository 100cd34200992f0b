import type { SimInstance, SimTag, SimVolume } from '../state.ts';
import { type Action, once } from './action.ts';
import { terminatedByAws } from './change-instances.ts';
import type { Ec2Context } from './ec2-context.ts';
import { Ec2Error, invalidValue } from './ec2-error.ts';
import { reservation } from './instance-answer.ts';
import type { Query } from './query.ts';
import { specifiedTags } from './tags.ts';

/** World times after the request, in ms. */
const timing = { ended: 5_000, running: 20_000, console: 60_000, statusOk: 180_000 };

/** Fedora's images have a root snapshot of this size. */
const imageGiB = 5;

interface Launch {
  readonly image: string;
  readonly type: string;
  readonly subnet: string;
  readonly groups: readonly string[];
  readonly keyName: string;
  readonly ipv6Count: number;
  readonly root: {
    readonly device: string;
    readonly sizeGiB: number;
    readonly encrypted: boolean;
    readonly goes: boolean;
  };
  readonly tags: (type: string) => SimTag[];
}

/** RunInstances, one interface and one root volume each. A token that is known gives what it made, running or not. */
export const runInstances: Action = request => {
  const { ec2, query } = request;
  const launch = checked(ec2, query);
  const count = query.count('MaxCount') ?? 1;
  const least = query.count('MinCount') ?? 1;
  if (count < 1 || least > count) throw invalidValue('MinCount must not be more than MaxCount, and at least 1.');
  request.dryRun();
  const ids = once(request, 'RunInstances', () => {
    const made = Array.from({ length: count }, () => begin(ec2, query, launch));
    ec2.effect('RunInstances', {
      ClientToken: query.text('ClientToken') ?? '',
      InstanceIds: made.map(({ InstanceId }) => InstanceId),
      ImageId: launch.image,
      InstanceType: launch.type,
      SubnetId: launch.subnet,
      KeyName: launch.keyName,
      Tags: launch.tags('instance'),
    });
    for (const { InstanceId } of made) {
      void ec2.hooks.launched(InstanceId);
      const { ends } = request;
      // Answered as pending first, as AWS does: what it lacks it finds later.
      if (ends !== undefined) ec2.kernel.later(timing.ended, () => terminatedByAws(ec2, InstanceId, ends), InstanceId);
    }
    return made.map(({ InstanceId }) => InstanceId);
  });
  const instances = ids.map(id => ec2.state.instances[id]).filter(one => one !== undefined);
  if (instances.length === 0 || instances.some(({ State }) => /terminated|shutting-down/.test(State.Name))) {
    throw new Ec2Error(
      'IdempotentInstanceTerminated',
      'An instance that was launched with this client token is terminated.',
    );
  }
  return reservation(ec2, instances);
};

function checked(ec2: Ec2Context, query: Query): Launch {
  const image = ec2.image(query.required('ImageId'));
  const type = query.text('InstanceType') ?? 'm1.small';
  const nic = query.structs('NetworkInterface')[0];
  const from = nic ?? query;
  const subnet = from.required('SubnetId');
  const zone = ec2.state.subnets[subnet]?.AvailabilityZone;
  if (zone === undefined) {
    throw new Ec2Error('InvalidSubnetID.NotFound', `The subnet ID '${subnet}' does not exist`);
  }
  const offers = Object.values(ec2.state.offerings).filter(({ InstanceType }) => InstanceType === type);
  if (offers.length === 0) throw invalidValue(`Invalid value '${type}' for InstanceType.`);
  if (!offers.some(({ Location }) => Location === zone)) {
    throw new Ec2Error(
      'Unsupported',
      `Your requested instance type (${type}) is not supported in your requested Availability Zone (${zone}).`,
    );
  }
  const keyName = query.text('KeyName') ?? '';
  if (keyName !== '' && !Object.hasOwn(ec2.state.keyPairs, keyName)) {
    throw new Ec2Error('InvalidKeyPair.NotFound', `The key pair '${keyName}' does not exist`);
  }
  const groups = from.list('SecurityGroupId');
  for (const group of groups) {
    if (!Object.hasOwn(ec2.state.securityGroups, group)) {
      throw new Ec2Error('InvalidGroup.NotFound', `The security group '${group}' does not exist`);
    }
  }
  if (groups.length === 0) {
    throw new Ec2Error('MissingParameter', 'The request must name a security group: the subnet has no default one');
  }
  return {
    image: image.ImageId,
    type,
    subnet,
    groups,
    keyName,
    ipv6Count: from.count('Ipv6AddressCount') ?? 0,
    root: rootOf(query, image.RootDeviceName),
    tags: specifiedTags(query, ['instance', 'volume', 'network-interface', 'spot-instances-request']),
  };
}

function rootOf(query: Query, device: string): Launch['root'] {
  for (const mapping of query.structs('BlockDeviceMapping')) {
    const name = mapping.required('DeviceName');
    if (name !== device) {
      throw new Ec2Error('InvalidBlockDeviceMapping', `Only the root device ${device} can be mapped, not ${name}`);
    }
    const ebs = mapping.struct('Ebs');
    const sizeGiB = ebs?.count('VolumeSize') ?? imageGiB;
    if (sizeGiB < imageGiB) {
      throw new Ec2Error(
        'InvalidBlockDeviceMapping',
        `Volume of size ${sizeGiB}GB is smaller than snapshot, expect size>= ${imageGiB}GB`,
      );
    }
    return {
      device,
      sizeGiB,
      encrypted: ebs?.flag('Encrypted') ?? false,
      goes: ebs?.flag('DeleteOnTermination') ?? true,
    };
  }
  return { device, sizeGiB: imageGiB, encrypted: false, goes: true };
}

function begin(ec2: Ec2Context, query: Query, launch: Launch): SimInstance {
  const { state } = ec2;
  const subnet = state.subnets[launch.subnet];
  if (subnet === undefined) throw new Error(`no subnet ${launch.subnet}`);
  const id = ec2.newId('i');
  const volume: SimVolume = {
    VolumeId: ec2.newId('vol'),
    State: 'in-use',
    Size: launch.root.sizeGiB,
    AvailabilityZone: subnet.AvailabilityZone,
    Encrypted: launch.root.encrypted,
    VolumeType: 'gp3',
    Attachments: [],
    Tags: launch.tags('volume'),
    Content: {},
  };
  volume.Attachments.push({
    VolumeId: volume.VolumeId,
    InstanceId: id,
    Device: launch.root.device,
    State: 'attached',
    DeleteOnTermination: launch.root.goes,
  });
  const privateIp = ec2.newPrivateIp();
  const ipv6 = Array.from({ length: launch.ipv6Count }, () => ({ Ipv6Address: ec2.newIpv6() }));
  const instance: SimInstance = {
    InstanceId: id,
    ImageId: launch.image,
    State: { Code: 0, Name: 'pending' },
    InstanceType: launch.type,
    KeyName: launch.keyName,
    LaunchTime: new Date().toISOString(),
    Placement: { AvailabilityZone: subnet.AvailabilityZone },
    SubnetId: launch.subnet,
    VpcId: subnet.VpcId,
    PrivateIpAddress: privateIp,
    ...(ipv6[0] === undefined ? {} : { Ipv6Address: ipv6[0].Ipv6Address }),
    ClientToken: query.text('ClientToken') ?? '',
    RootDeviceName: launch.root.device,
    BlockDeviceMappings: [
      {
        DeviceName: launch.root.device,
        Ebs: { VolumeId: volume.VolumeId, Status: 'attaching', DeleteOnTermination: launch.root.goes },
      },
    ],
    SecurityGroups: launch.groups.map(group => ({
      GroupId: group,
      GroupName: state.securityGroups[group]?.GroupName ?? '',
    })),
    NetworkInterfaces: [
      {
        NetworkInterfaceId: ec2.newId('eni'),
        PrivateIpAddress: privateIp,
        Ipv6Addresses: ipv6,
        TagSet: launch.tags('network-interface'),
      },
    ],
    MetadataOptions: {
      HttpTokens: query.struct('MetadataOptions')?.text('HttpTokens') === 'required' ? 'required' : 'optional',
    },
    Tags: launch.tags('instance'),
    DisableApiTermination: query.flag('DisableApiTermination') ?? false,
    UserData: Buffer.from(query.text('UserData') ?? '', 'base64').toString(),
    ConsoleOutput: '',
    StatusOkAt: 0,
  };
  state.volumes[volume.VolumeId] = volume;
  state.instances[id] = instance;
  subnet.AvailableIpAddressCount -= 1;
  ec2.transitions.add('instance-running', id, timing.running);
  ec2.transitions.add('console-ready', id, timing.console);
  ec2.transitions.add('status-ok', id, timing.statusOk);
  return instance;
}
