import type { SimInstance } from '../state.ts';
import { tagSet } from './action.ts';
import type { Ec2Context, SimInterface } from './ec2-context.ts';
import { seededAccount } from './seeded-targets.ts';
import type { Answer } from './xml.ts';

const owner = seededAccount.account;

/** A reservation with its instances, as RunInstances answers and DescribeInstances lists. */
export function reservation(ec2: Ec2Context, instances: readonly SimInstance[]): Answer {
  return {
    reservationId: `r-${instances[0]?.InstanceId.slice(2) ?? '0'}`,
    ownerId: owner,
    groupSet: [],
    instancesSet: instances.map(one => instanceAnswer(ec2, one)),
  };
}

function instanceAnswer(ec2: Ec2Context, one: SimInstance): Answer {
  const gone = one.State.Name === 'terminated';
  return {
    instanceId: one.InstanceId,
    imageId: one.ImageId,
    instanceState: { code: one.State.Code, name: one.State.Name },
    stateReason:
      one.StateReason === undefined ? undefined : { code: one.StateReason.Code, message: one.StateReason.Message },
    privateDnsName: gone ? '' : `ip-${one.PrivateIpAddress.replaceAll('.', '-')}.ec2.internal`,
    keyName: one.KeyName === '' ? undefined : one.KeyName,
    amiLaunchIndex: 0,
    instanceType: one.InstanceType,
    launchTime: one.LaunchTime,
    placement: { availabilityZone: one.Placement.AvailabilityZone, tenancy: 'default' },
    monitoring: { state: 'disabled' },
    subnetId: gone ? undefined : one.SubnetId,
    vpcId: gone ? undefined : one.VpcId,
    privateIpAddress: gone ? undefined : one.PrivateIpAddress,
    ipAddress: one.PublicIpAddress,
    ipv6Address: one.Ipv6Address,
    groupSet: groups(one),
    architecture: 'x86_64',
    rootDeviceType: 'ebs',
    rootDeviceName: one.RootDeviceName,
    blockDeviceMapping: one.BlockDeviceMappings.map(({ DeviceName, Ebs }) => ({
      deviceName: DeviceName,
      ebs: { volumeId: Ebs.VolumeId, status: Ebs.Status, deleteOnTermination: Ebs.DeleteOnTermination },
    })),
    virtualizationType: 'hvm',
    clientToken: one.ClientToken,
    tagSet: tagSet(one.Tags),
    hypervisor: 'xen',
    networkInterfaceSet: one.NetworkInterfaces.map(nic => interfaceAnswer(ec2, one, nic)),
    metadataOptions: { state: 'applied', httpTokens: one.MetadataOptions.HttpTokens, httpEndpoint: 'enabled' },
  };
}

/** An interface as DescribeNetworkInterfaces shows it, or (without its tags) inside an instance. */
export function interfaceAnswer(ec2: Ec2Context, instance: SimInstance, nic: SimInterface): Answer {
  const address = Object.values(ec2.state.addresses).find(one => one.NetworkInterfaceId === nic.NetworkInterfaceId);
  const association =
    nic.Association === undefined
      ? undefined
      : {
          publicIp: nic.Association.PublicIp,
          ipOwnerId: nic.Association.AllocationId === undefined ? 'amazon' : owner,
          allocationId: nic.Association.AllocationId,
          associationId: address?.AssociationId,
        };
  return {
    networkInterfaceId: nic.NetworkInterfaceId,
    subnetId: instance.SubnetId,
    vpcId: instance.VpcId,
    availabilityZone: instance.Placement.AvailabilityZone,
    ownerId: owner,
    status: 'in-use',
    privateIpAddress: nic.PrivateIpAddress,
    sourceDestCheck: true,
    groupSet: groups(instance),
    attachment: {
      attachmentId: nic.NetworkInterfaceId.replace('eni-', 'eni-attach-'),
      instanceId: instance.InstanceId,
      deviceIndex: 0,
      status: 'attached',
      deleteOnTermination: true,
    },
    association,
    ipv6AddressesSet: nic.Ipv6Addresses.map(({ Ipv6Address }) => ({ ipv6Address: Ipv6Address })),
    privateIpAddressesSet: [{ privateIpAddress: nic.PrivateIpAddress, primary: true, association }],
    interfaceType: 'interface',
  };
}

function groups(instance: SimInstance): Answer[] {
  return instance.SecurityGroups.map(({ GroupId, GroupName }) => ({ groupId: GroupId, groupName: GroupName }));
}
