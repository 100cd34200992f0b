import type { ResourceType, RunInstancesCommandInput, TagSpecification } from '@aws-sdk/client-ec2';
import type { LaunchSpec, Tags } from '#ports/compute.ts';

/** A tag specification of RunInstances, CreateVolume, CreateSnapshot. */
export function tagged(type: ResourceType, tags: Tags): TagSpecification {
  return { ResourceType: type, Tags: awsTags(tags) };
}

export function awsTags(tags: Tags): { Key: string; Value: string }[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

/**
 * RunInstances for one instance: its root encrypted and deleted with it, session tokens required of the metadata
 * service, protected against termination, stopped (not terminated) by its own shutdown, with a public address.
 */
export function launchRequest(spec: LaunchSpec): RunInstancesCommandInput {
  return {
    MinCount: 1,
    MaxCount: 1,
    ImageId: spec.image,
    InstanceType: spec.type as NonNullable<RunInstancesCommandInput['InstanceType']>,
    KeyName: spec.keyName,
    DisableApiTermination: true,
    InstanceInitiatedShutdownBehavior: 'stop',
    MetadataOptions: { HttpTokens: 'required', HttpEndpoint: 'enabled' },
    NetworkInterfaces: [
      {
        DeviceIndex: 0,
        SubnetId: spec.subnet,
        Groups: [spec.securityGroup],
        AssociatePublicIpAddress: true,
        DeleteOnTermination: true,
        ...(spec.ipv6Count > 0 ? { Ipv6AddressCount: spec.ipv6Count } : {}),
      },
    ],
    BlockDeviceMappings: [
      {
        DeviceName: spec.rootDevice,
        Ebs: { VolumeSize: spec.rootGiB, VolumeType: 'gp3', Encrypted: true, DeleteOnTermination: true },
      },
    ],
    TagSpecifications: (['instance', 'volume', 'network-interface'] as const).map(type => tagged(type, spec.tags)),
    UserData: Buffer.from(spec.userData).toString('base64'),
  };
}
