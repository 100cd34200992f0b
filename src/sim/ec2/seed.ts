import type { SimArray, SimFileSystem, SimImage, SimInstance, SimTag, SimVolume, WorldState } from '../state.ts';
import {
  type SeededTarget,
  type SeededVolume,
  seededAccount,
  seededTargets,
  seededTemporaryAddresses,
} from './seeded-targets.ts';

/** The part of the world that EC2 shows. */
export type Ec2World = Pick<
  WorldState,
  | 'instances'
  | 'volumes'
  | 'snapshots'
  | 'addresses'
  | 'images'
  | 'subnets'
  | 'securityGroups'
  | 'keyPairs'
  | 'offerings'
  | 'arrays'
  | 'volumeGroups'
>;

const rootDevice = '/dev/sda1';

/** The pretend account before any upgrade: both environments on Fedora 41, protected, tagged, each with its addresses and data. */
export function seedEc2(): Ec2World {
  const world: Ec2World = {
    instances: {},
    volumes: {},
    snapshots: {},
    addresses: {},
    images: Object.fromEntries(images().map(image => [image.ImageId, image])),
    subnets: {
      [seededAccount.subnet]: {
        SubnetId: seededAccount.subnet,
        VpcId: seededAccount.vpc,
        AvailabilityZone: seededAccount.zone,
        AvailableIpAddressCount: 211,
      },
    },
    securityGroups: Object.fromEntries(
      Object.values(seededAccount.securityGroups).map(({ id, name }) => [id, { GroupId: id, GroupName: name }]),
    ),
    keyPairs: { [seededAccount.keyPair]: { KeyName: seededAccount.keyPair } },
    offerings: offerings(),
    arrays: {},
    volumeGroups: {},
  };
  for (const target of Object.values(seededTargets)) addTarget(world, target);
  for (const environment of ['dev', 'prod'] as const) {
    const { allocation, elasticIp } = seededTemporaryAddresses[environment];
    world.addresses[allocation] = {
      AllocationId: allocation,
      PublicIp: elasticIp,
      Tags: tagsOf(environment, `copr-be-${environment}-temp`, 'temporary'),
    };
  }
  return world;
}

function addTarget(world: Ec2World, target: SeededTarget): void {
  const name = `copr-${target.role}-${target.environment}`;
  const tags = () => tagsOf(target.environment, name, 'infrastructure');
  world.instances[target.instance] = instanceOf(target, tags);
  world.volumes[target.rootVolume] = volumeOf(
    target,
    { id: target.rootVolume, device: rootDevice, sizeGiB: target.rootGiB },
    tagsOf(target.environment, `${name}-root`, 'infrastructure'),
    true,
  );
  for (const volume of target.volumes) world.volumes[volume.id] = volumeOf(target, volume, tags(), false);
  world.addresses[target.allocation] = {
    AllocationId: target.allocation,
    PublicIp: target.elasticIp,
    AssociationId: target.allocation.replace('eipalloc-', 'eipassoc-'),
    InstanceId: target.instance,
    NetworkInterfaceId: target.networkInterface,
    Tags: tags(),
  };
  if (target.role === 'backend') addBackendStorage(world, target);
  else {
    for (const { id } of target.volumes) {
      const volume = world.volumes[id];
      if (volume !== undefined) volume.Content = { fileSystem: fileSystemOf(target) };
    }
  }
}

/** Six volumes: a RAID 10 of the first four, a RAID 1 of the last two, one volume group over both with one file system. */
function addBackendStorage(world: Ec2World, target: SeededTarget): void {
  const group = `copr-backend-data/${target.environment}`;
  const arrays: SimArray[] = [
    {
      name: 'copr-backend-data',
      uuid: uuidOf(target.environment, 1),
      level: 'raid10',
      members: target.volumes.slice(0, 4).map(({ id }) => id),
      volumeGroup: group,
    },
    {
      name: 'copr-backend-data-raid1',
      uuid: uuidOf(target.environment, 2),
      level: 'raid1',
      members: target.volumes.slice(4).map(({ id }) => id),
      volumeGroup: group,
    },
  ];
  for (const array of arrays) {
    world.arrays[array.uuid] = array;
    for (const member of array.members) {
      const volume = world.volumes[member];
      if (volume !== undefined) volume.Content = { member: { array: array.name, uuid: array.uuid } };
    }
  }
  world.volumeGroups[group] = {
    name: 'copr-backend-data',
    arrays: arrays.map(({ uuid }) => uuid),
    fileSystem: fileSystemOf(target),
  };
}

/** As mdadm writes them. */
function uuidOf(environment: string, nth: number): string {
  return environment === 'dev'
    ? `5c3e1a7b:9d42f860:b1e7c35a:0000000${nth}`
    : `a8f40d92:6e1b7c35:d05e93f7:0000000${nth}`;
}

const fileSystems: Readonly<Record<SeededTarget['role'], Omit<SimFileSystem, 'uuid' | 'type'>>> = {
  frontend: {
    label: 'copr-fe',
    owner: 'root:root',
    context: 'system_u:object_r:var_t:s0',
    data: { postgresMajor: 16, checksums: false, locale: 'en_US.UTF-8', collationVersion: '2.40' },
  },
  backend: {
    label: 'copr-repo',
    owner: 'copr:copr',
    context: 'system_u:object_r:copr_data_t:s0',
    data: {},
  },
  distgit: {
    label: 'copr-dist-git',
    owner: 'copr-dist-git:packager',
    context: 'system_u:object_r:git_content_t:s0',
    data: {},
  },
  keygen: {
    label: 'copr-keygen',
    owner: 'copr-signer:copr-signer',
    context: 'system_u:object_r:var_lib_t:s0',
    data: {},
  },
};

/** What differs between the environments; the schema is what the old instance's copr-frontend needs. */
const facts = {
  dev: {
    frontend: { highestBuild: 214_877, projects: 3_112, schema: 'bb52d9f878f5' },
    backend: { projects: 3_112 },
    distgit: { repositories: 9_406 },
    keygen: { keys: 2_871 },
  },
  prod: {
    frontend: { highestBuild: 9_712_345, projects: 34_908, schema: '06b208e317a3' },
    backend: { projects: 34_908 },
    distgit: { repositories: 118_240 },
    keygen: { keys: 31_557 },
  },
} as const;

function fileSystemOf(target: SeededTarget): SimFileSystem {
  const { data, ...rest } = fileSystems[target.role];
  const tail = target.allocation.slice('eipalloc-0'.length, 'eipalloc-0'.length + 12);
  return {
    ...rest,
    uuid: `6f1d2c3b-${target.environment === 'dev' ? 'de0a' : '9d0b'}-4e7a-8b5c-${tail}`,
    type: 'ext4',
    data: { ...data, ...facts[target.environment][target.role] },
  };
}

function instanceOf(target: SeededTarget, tags: () => SimTag[]): SimInstance {
  const group = seededAccount.securityGroups[target.role];
  return {
    InstanceId: target.instance,
    ImageId: seededAccount.oldImage,
    State: { Code: 16, Name: 'running' },
    InstanceType: target.type,
    KeyName: seededAccount.keyPair,
    LaunchTime: '2025-03-18T09:12:41.000Z',
    Placement: { AvailabilityZone: seededAccount.zone },
    SubnetId: seededAccount.subnet,
    VpcId: seededAccount.vpc,
    PrivateIpAddress: target.privateIp,
    PublicIpAddress: target.elasticIp,
    Ipv6Address: target.ipv6,
    ClientToken: '',
    RootDeviceName: rootDevice,
    BlockDeviceMappings: [
      {
        DeviceName: rootDevice,
        Ebs: { VolumeId: target.rootVolume, Status: 'attached', DeleteOnTermination: true },
      },
      ...target.volumes.map(({ id, device }) => ({
        DeviceName: device,
        Ebs: { VolumeId: id, Status: 'attached' as const, DeleteOnTermination: false },
      })),
    ],
    SecurityGroups: [{ GroupId: group.id, GroupName: group.name }],
    NetworkInterfaces: [
      {
        NetworkInterfaceId: target.networkInterface,
        PrivateIpAddress: target.privateIp,
        Ipv6Addresses: [{ Ipv6Address: target.ipv6 }],
        Association: { PublicIp: target.elasticIp, AllocationId: target.allocation },
        TagSet: tags(),
      },
    ],
    MetadataOptions: { HttpTokens: 'required' },
    Tags: tags(),
    DisableApiTermination: true,
    UserData: '',
    // The keys of the first boot have long left the console's buffer.
    ConsoleOutput: '',
    StatusOkAt: 1,
  };
}

function volumeOf(target: SeededTarget, volume: SeededVolume, tags: SimTag[], root: boolean): SimVolume {
  return {
    VolumeId: volume.id,
    State: 'in-use',
    Size: volume.sizeGiB,
    AvailabilityZone: seededAccount.zone,
    Encrypted: true,
    VolumeType: 'gp3',
    Attachments: [
      {
        VolumeId: volume.id,
        InstanceId: target.instance,
        Device: volume.device,
        State: 'attached',
        DeleteOnTermination: root,
      },
    ],
    Tags: tags,
    Content: {},
  };
}

function tagsOf(environment: 'dev' | 'prod', name: string, purpose: string): SimTag[] {
  return [
    { Key: 'FedoraGroup', Value: 'copr' },
    { Key: 'CoprPurpose', Value: purpose },
    { Key: 'CoprInstance', Value: environment === 'dev' ? 'devel' : 'production' },
    { Key: 'Name', Value: name },
  ];
}

/** Releases, one that is only a beta, Rawhide, and another architecture: only the releases may be chosen. */
function images(): SimImage[] {
  const list: readonly [id: string, name: string, date: string][] = [
    [seededAccount.oldImage, 'x86_64-41-1.4', '2024-10-24T18:20:13.000Z'],
    ['ami-05d1e8f7c3b9a2640', 'aarch64-41-1.4', '2024-10-24T18:24:50.000Z'],
    ['ami-0a53c9e7d1f8b2640', 'x86_64-42-1.1', '2025-04-09T14:02:55.000Z'],
    ['ami-0fe7c3b9d5a182640', 'x86_64-43-1.6', '2025-10-23T16:41:07.000Z'],
    ['ami-03b9d7f5e1c8a2640', 'aarch64-43-1.6', '2025-10-23T16:45:31.000Z'],
    ['ami-0c1e9b7d5f3a82640', 'x86_64-44_Beta-1.2', '2026-03-10T11:30:00.000Z'],
    ['ami-08f7d3b9e5c1a2640', 'x86_64-Rawhide-20260312.n.0', '2026-03-12T06:58:42.000Z'],
  ];
  return list.map(([ImageId, name, CreationDate]) => ({
    ImageId,
    Name: `Fedora-Cloud-Base-AmazonEC2.${name}`,
    OwnerId: seededAccount.account,
    CreationDate,
    RootDeviceName: rootDevice,
    State: 'available',
  }));
}

function offerings(): Ec2World['offerings'] {
  const types = new Set(Object.values(seededTargets).map(({ type }) => type));
  const more = ['t3a.micro', 't3a.large', 't3a.xlarge', 'c5.4xlarge', 'c7a.large', 'm5a.2xlarge'];
  return Object.fromEntries(
    [...types, ...more].map(type => [
      `${type} ${seededAccount.zone}`,
      { InstanceType: type, Location: seededAccount.zone },
    ]),
  );
}
