import {
  AssignIpv6AddressesCommand,
  AssociateAddressCommand,
  AttachVolumeCommand,
  CreateSnapshotCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  DeleteSnapshotCommand,
  DeleteTagsCommand,
  DeleteVolumeCommand,
  DetachVolumeCommand,
  DisassociateAddressCommand,
  ModifyInstanceAttributeCommand,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
  UnassignIpv6AddressesCommand,
  type VolumeType,
} from '@aws-sdk/client-ec2';
import type { ComputeWriter } from '#ports/compute.ts';
import type { Ec2Clients } from './ec2-clients.ts';
import { given } from './from-aws.ts';
import { awsTags, launchRequest, tagged } from './launch-request.ts';

/** The changing half: one request each, inside its fence. */
export function ec2Writer({ change }: Ec2Clients): ComputeWriter {
  return {
    async runInstance(spec, send) {
      const command = new RunInstancesCommand({ ...launchRequest(spec), ClientToken: send.key });
      const { Instances } = await change(`RunInstances with the token ${send.key}`, send, to => to.send(command));
      return { instance: given(Instances?.[0]?.InstanceId, 'the id of the new instance') };
    },
    async createVolume({ zone, sizeGiB, tags, snapshot, type, iops, throughput }, send) {
      const command = new CreateVolumeCommand({
        AvailabilityZone: zone,
        Size: sizeGiB,
        VolumeType: (type ?? 'gp3') as VolumeType,
        Encrypted: true,
        ...(snapshot === undefined ? {} : { SnapshotId: snapshot }),
        ...(iops === undefined ? {} : { Iops: iops }),
        ...(throughput === undefined ? {} : { Throughput: throughput }),
        ClientToken: send.key,
        TagSpecifications: [tagged('volume', tags)],
      });
      const { VolumeId } = await change(`CreateVolume with the token ${send.key}`, send, to => to.send(command));
      return { volume: given(VolumeId, 'the id of the new volume') };
    },
    async deleteVolume(volume, send) {
      await change(`DeleteVolume of ${volume}`, send, to => to.send(new DeleteVolumeCommand({ VolumeId: volume })));
    },
    async createSnapshot({ volume, description, tags }, send) {
      const command = new CreateSnapshotCommand({
        VolumeId: volume,
        Description: description,
        TagSpecifications: [tagged('snapshot', tags)],
      });
      const { SnapshotId } = await change(`CreateSnapshot of ${volume}`, send, to => to.send(command));
      return { snapshot: given(SnapshotId, 'the id of the new snapshot') };
    },
    async deleteSnapshot(snapshot, send) {
      const command = new DeleteSnapshotCommand({ SnapshotId: snapshot });
      await change(`DeleteSnapshot of ${snapshot}`, send, to => to.send(command));
    },
    async attachVolume({ volume, instance, device }, send) {
      const command = new AttachVolumeCommand({ VolumeId: volume, InstanceId: instance, Device: device });
      await change(`AttachVolume of ${volume} to ${instance} as ${device}`, send, to => to.send(command));
    },
    async detachVolume({ volume, instance, device }, send) {
      const command = new DetachVolumeCommand({ VolumeId: volume, InstanceId: instance, Device: device });
      await change(`DetachVolume of ${volume} from ${instance}`, send, to => to.send(command));
    },
    async associateAddress({ allocation, networkInterface }, send) {
      const command = new AssociateAddressCommand({
        AllocationId: allocation,
        NetworkInterfaceId: networkInterface,
        AllowReassociation: true,
      });
      await change(`AssociateAddress of ${allocation} with ${networkInterface}`, send, to => to.send(command));
    },
    async disassociateAddress(association, send) {
      const command = new DisassociateAddressCommand({ AssociationId: association });
      await change(`DisassociateAddress of ${association}`, send, to => to.send(command));
    },
    async assignIpv6({ networkInterface, address }, send) {
      const command = new AssignIpv6AddressesCommand({
        NetworkInterfaceId: networkInterface,
        Ipv6Addresses: [address],
      });
      await change(`AssignIpv6Addresses of ${address} to ${networkInterface}`, send, to => to.send(command));
    },
    async unassignIpv6({ networkInterface, address }, send) {
      const command = new UnassignIpv6AddressesCommand({
        NetworkInterfaceId: networkInterface,
        Ipv6Addresses: [address],
      });
      await change(`UnassignIpv6Addresses of ${address} from ${networkInterface}`, send, to => to.send(command));
    },
    async setTerminationProtection(instance, on, send) {
      const command = new ModifyInstanceAttributeCommand({
        InstanceId: instance,
        DisableApiTermination: { Value: on },
      });
      await change(`ModifyInstanceAttribute (protection) of ${instance}`, send, to => to.send(command));
    },
    async setTags(resource, tags, send) {
      const command = new CreateTagsCommand({ Resources: [resource], Tags: awsTags(tags) });
      await change(`CreateTags of ${resource}`, send, to => to.send(command));
    },
    async deleteTags(resource, keys, send) {
      const command = new DeleteTagsCommand({ Resources: [resource], Tags: keys.map(Key => ({ Key })) });
      await change(`DeleteTags of ${resource}`, send, to => to.send(command));
    },
    async setDeleteOnTermination(instance, device, on, send) {
      const command = new ModifyInstanceAttributeCommand({
        InstanceId: instance,
        BlockDeviceMappings: [{ DeviceName: device, Ebs: { DeleteOnTermination: on } }],
      });
      await change(`ModifyInstanceAttribute (${device}) of ${instance}`, send, to => to.send(command));
    },
    async startInstance(instance, send) {
      await change(`StartInstances of ${instance}`, send, to =>
        to.send(new StartInstancesCommand({ InstanceIds: [instance] })),
      );
    },
    async stopInstance(instance, send) {
      await change(`StopInstances of ${instance}`, send, to =>
        to.send(new StopInstancesCommand({ InstanceIds: [instance] })),
      );
    },
    async terminateInstance(instance, send) {
      await change(`TerminateInstances of ${instance}`, send, to =>
        to.send(new TerminateInstancesCommand({ InstanceIds: [instance] })),
      );
    },
  };
}
