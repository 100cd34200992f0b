import type * as Aws from '@aws-sdk/client-ec2';
import { Unknown } from '#core/errors.ts';
import type { Address, Image, Instance, Snapshot, Tags, Volume } from '#ports/compute.ts';

/** @throws Unknown: AWS left out a field that is always there. */
export function given<T>(value: T | undefined, field: string): T {
  if (value === undefined) throw new Unknown('unreadable-answer', `AWS answered without ${field}`);
  return value;
}

export function tagsFrom(tags: readonly Aws.Tag[] | undefined): Tags {
  return Object.fromEntries((tags ?? []).map(({ Key, Value }) => [given(Key, 'a tag key'), Value ?? '']));
}

/** An instance; of a terminated one AWS shows no addresses, subnet or devices: they are empty. */
export function instanceFrom(one: Aws.Instance): Instance {
  const nic = one.NetworkInterfaces?.find(({ Attachment }) => (Attachment?.DeviceIndex ?? 0) === 0);
  return {
    id: given(one.InstanceId, 'an instance id'),
    state: given(one.State?.Name, 'the state of an instance') as Instance['state'],
    stateReason: stateReasonFrom(one.StateReason),
    type: one.InstanceType ?? '',
    image: one.ImageId ?? '',
    zone: one.Placement?.AvailabilityZone ?? '',
    subnet: one.SubnetId ?? '',
    keyName: one.KeyName,
    securityGroups: (one.SecurityGroups ?? []).map(({ GroupId, GroupName }) => ({
      id: GroupId ?? '',
      name: GroupName ?? '',
    })),
    networkInterface: nic?.NetworkInterfaceId ?? '',
    privateIp: one.PrivateIpAddress ?? '',
    publicIp: one.PublicIpAddress,
    ipv6: (one.NetworkInterfaces ?? []).flatMap(({ Ipv6Addresses }) =>
      (Ipv6Addresses ?? []).flatMap(({ Ipv6Address }) => Ipv6Address ?? []),
    ),
    rootDevice: one.RootDeviceName ?? '',
    devices: (one.BlockDeviceMappings ?? []).flatMap(({ DeviceName, Ebs }) =>
      DeviceName === undefined || Ebs?.VolumeId === undefined
        ? []
        : [{ name: DeviceName, volume: Ebs.VolumeId, deleteOnTermination: Ebs.DeleteOnTermination ?? false }],
    ),
    tags: tagsFrom(one.Tags),
    clientToken: one.ClientToken === '' ? undefined : one.ClientToken,
  };
}

/** AWS says the code once more at the beginning of its words. */
function stateReasonFrom(reason: Aws.StateReason | undefined): Instance['stateReason'] {
  const code = reason?.Code ?? '';
  if (code === '') return undefined;
  const message = (reason?.Message ?? '').replace(`${code}:`, '').replace(/\s+/g, ' ').trim().slice(0, 300);
  return { code, message: message === code ? '' : message };
}

export function volumeFrom(one: Aws.Volume): Volume {
  return {
    id: given(one.VolumeId, 'a volume id'),
    state: given(one.State, 'the state of a volume') as Volume['state'],
    sizeGiB: given(one.Size, 'the size of a volume'),
    zone: one.AvailabilityZone ?? '',
    type: one.VolumeType ?? '',
    // AWS describes the IOPS of every type; only of these they can be asked for.
    iops: /^(gp3|io1|io2)$/.test(one.VolumeType ?? '') ? one.Iops : undefined,
    throughput: one.VolumeType === 'gp3' ? one.Throughput : undefined,
    encrypted: one.Encrypted ?? false,
    attachments: (one.Attachments ?? []).map(at => ({
      instance: at.InstanceId ?? '',
      device: at.Device ?? '',
      state: given(at.State, 'the state of an attachment') as Volume['attachments'][number]['state'],
    })),
    tags: tagsFrom(one.Tags),
  };
}

export function snapshotFrom(one: Aws.Snapshot): Snapshot {
  return {
    id: given(one.SnapshotId, 'a snapshot id'),
    volume: one.VolumeId ?? '',
    state: given(one.State, 'the state of a snapshot') as Snapshot['state'],
    progress: one.Progress ?? '',
    startedAt: one.StartTime?.getTime() ?? 0,
    tags: tagsFrom(one.Tags),
  };
}

export function addressFrom(one: Aws.Address): Address {
  // Some answers hold an empty text where nothing is associated.
  const or = (text: string | undefined) => (text === '' ? undefined : text);
  return {
    allocation: given(one.AllocationId, 'an allocation id'),
    publicIp: given(one.PublicIp, 'a public address'),
    association: or(one.AssociationId),
    instance: or(one.InstanceId),
    networkInterface: or(one.NetworkInterfaceId),
    tags: tagsFrom(one.Tags),
  };
}

export function imageFrom(one: Aws.Image): Image {
  return {
    id: given(one.ImageId, 'an image id'),
    name: one.Name ?? '',
    createdAt: Date.parse(one.CreationDate ?? '') || 0,
    rootDevice: one.RootDeviceName ?? '',
  };
}
