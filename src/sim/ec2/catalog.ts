import { type Action, tagSet } from './action.ts';
import { Ec2Error } from './ec2-error.ts';
import { chosen, filtered, page } from './filters.ts';
import { seededAccount } from './seeded-targets.ts';

/** What the account has that nobody changes: images, subnets, groups, key pairs, zones, offerings. */
const owner = seededAccount.account;

export const describeImages: Action = ({ ec2, query, dryRun }) => {
  dryRun();
  const owners = query.list('Owner');
  const all = chosen(ec2.state.images, query.list('ImageId'), id => {
    return new Ec2Error('InvalidAMIID.NotFound', `The image id '[${id}]' does not exist`);
  }).filter(one => owners.length === 0 || owners.includes(one.OwnerId) || owners.includes('self'));
  const { items, nextToken } = page(
    filtered(all, query, {
      fields: {
        'image-id': one => [one.ImageId],
        name: one => [one.Name],
        'owner-id': one => [one.OwnerId],
        state: one => [one.State],
        architecture: one => [architectureOf(one.Name)],
        'root-device-type': () => ['ebs'],
        'virtualization-type': () => ['hvm'],
        'creation-date': one => [one.CreationDate],
        'is-public': () => ['true'],
        'image-type': () => ['machine'],
      },
      tags: () => [],
    }),
    query,
  );
  return {
    imagesSet: items.map(one => ({
      imageId: one.ImageId,
      imageLocation: `${one.OwnerId}/${one.Name}`,
      imageState: one.State,
      imageOwnerId: one.OwnerId,
      creationDate: one.CreationDate,
      isPublic: true,
      architecture: architectureOf(one.Name),
      imageType: 'machine',
      name: one.Name,
      rootDeviceType: 'ebs',
      rootDeviceName: one.RootDeviceName,
      virtualizationType: 'hvm',
      hypervisor: 'xen',
    })),
    nextToken,
  };
};

function architectureOf(name: string): string {
  return name.includes('aarch64') ? 'arm64' : 'x86_64';
}

export const describeSubnets: Action = ({ ec2, query, dryRun }) => {
  dryRun();
  const all = chosen(ec2.state.subnets, query.list('SubnetId'), id => {
    return new Ec2Error('InvalidSubnetID.NotFound', `The subnet ID '${id}' does not exist`);
  });
  const { items, nextToken } = page(
    filtered(all, query, {
      fields: {
        'subnet-id': one => [one.SubnetId],
        'vpc-id': one => [one.VpcId],
        'availability-zone': one => [one.AvailabilityZone],
        state: () => ['available'],
      },
      tags: () => [],
    }),
    query,
  );
  return {
    subnetSet: items.map(one => ({
      subnetId: one.SubnetId,
      state: 'available',
      vpcId: one.VpcId,
      cidrBlock: '172.30.2.0/24',
      availableIpAddressCount: one.AvailableIpAddressCount,
      availabilityZone: one.AvailabilityZone,
      ownerId: owner,
      mapPublicIpOnLaunch: true,
    })),
    nextToken,
  };
};

export const describeSecurityGroups: Action = ({ ec2, query, dryRun }) => {
  dryRun();
  const missing = (id: string) => new Ec2Error('InvalidGroup.NotFound', `The security group '${id}' does not exist`);
  const byId = chosen(ec2.state.securityGroups, query.list('GroupId'), missing);
  const names = query.list('GroupName');
  for (const name of names) if (!byId.some(one => one.GroupName === name)) throw missing(name);
  const { items, nextToken } = page(
    filtered(
      byId.filter(one => names.length === 0 || names.includes(one.GroupName)),
      query,
      {
        fields: {
          'group-id': one => [one.GroupId],
          'group-name': one => [one.GroupName],
          'owner-id': () => [owner],
          'vpc-id': () => [seededAccount.vpc],
        },
        tags: () => [],
      },
    ),
    query,
  );
  return {
    securityGroupInfo: items.map(one => ({
      ownerId: owner,
      groupId: one.GroupId,
      groupName: one.GroupName,
      groupDescription: one.GroupName,
      vpcId: seededAccount.vpc,
    })),
    nextToken,
  };
};

export const describeKeyPairs: Action = ({ ec2, query, dryRun }) => {
  dryRun();
  const all = chosen(ec2.state.keyPairs, query.list('KeyName'), name => {
    return new Ec2Error('InvalidKeyPair.NotFound', `The key pair '${name}' does not exist`);
  });
  const shown = filtered(all, query, { fields: { 'key-name': one => [one.KeyName] }, tags: () => [] });
  return { keySet: shown.map(one => ({ keyName: one.KeyName, keyType: 'rsa', tagSet: tagSet([]) })) };
};

export const describeAvailabilityZones: Action = ({ ec2, query, dryRun }) => {
  dryRun();
  const zones = [...new Set(Object.values(ec2.state.subnets).map(one => one.AvailabilityZone))];
  const shown = filtered(zones, query, {
    fields: { 'zone-name': one => [one], state: () => ['available'], 'region-name': () => [seededAccount.region] },
  });
  return {
    availabilityZoneInfo: shown.map(zone => ({
      zoneName: zone,
      zoneState: 'available',
      regionName: seededAccount.region,
    })),
  };
};

export const describeInstanceTypeOfferings: Action = ({ ec2, query, dryRun }) => {
  dryRun();
  const byZone = query.text('LocationType') === 'availability-zone';
  const rows = Object.values(ec2.state.offerings).map(one => ({
    type: one.InstanceType,
    location: byZone ? one.Location : seededAccount.region,
  }));
  const { items, nextToken } = page(
    filtered(rows, query, { fields: { 'instance-type': one => [one.type], location: one => [one.location] } }),
    query,
  );
  return {
    instanceTypeOfferingSet: items.map(one => ({
      instanceType: one.type,
      locationType: byZone ? 'availability-zone' : 'region',
      location: one.location,
    })),
    nextToken,
  };
};
