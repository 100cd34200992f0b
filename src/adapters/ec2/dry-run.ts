import {
  AssociateAddressCommand,
  AttachVolumeCommand,
  CreateSnapshotCommand,
  DetachVolumeCommand,
  type EC2Client,
  EC2ServiceException,
  RunInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { Refused, Unknown } from '#core/errors.ts';
import type { DryRunAction } from '#ports/compute.ts';
import { launchRequest, tagged } from './launch-request.ts';
import { translated } from './translate-error.ts';

/** Asks with DryRun, which has no effect and so may be repeated. @throws Unknown when there is no clear answer. */
export async function mayDo(client: EC2Client, action: DryRunAction): Promise<true | string> {
  const what = `a dry run of ${action.action}`;
  try {
    await dryRun(client, action);
  } catch (error) {
    if (error instanceof EC2ServiceException && error.name === 'DryRunOperation') return true;
    const meant = translated(error, { what, changes: false });
    if (meant instanceof Refused && !meant.retry) return meant.message;
    throw meant;
  }
  throw new Unknown('dry-run-ignored', `AWS took ${what} for the real thing: look at what it did`);
}

function dryRun(client: EC2Client, action: DryRunAction): Promise<unknown> {
  const dry = { DryRun: true };
  switch (action.action) {
    case 'RunInstances':
      return client.send(new RunInstancesCommand({ ...launchRequest(action.spec), ...dry }));
    case 'StartInstances':
      return client.send(new StartInstancesCommand({ InstanceIds: [action.instance], ...dry }));
    case 'StopInstances':
      return client.send(new StopInstancesCommand({ InstanceIds: [action.instance], ...dry }));
    case 'TerminateInstances':
      return client.send(new TerminateInstancesCommand({ InstanceIds: [action.instance], ...dry }));
    case 'AttachVolume':
    case 'DetachVolume': {
      const input = { VolumeId: action.volume, InstanceId: action.instance, Device: action.device, ...dry };
      return action.action === 'AttachVolume'
        ? client.send(new AttachVolumeCommand(input))
        : client.send(new DetachVolumeCommand(input));
    }
    case 'CreateSnapshot':
      return client.send(
        new CreateSnapshotCommand({
          VolumeId: action.volume,
          TagSpecifications: [tagged('snapshot', action.tags)],
          ...dry,
        }),
      );
    case 'AssociateAddress':
      return client.send(
        new AssociateAddressCommand({
          AllocationId: action.allocation,
          NetworkInterfaceId: action.networkInterface,
          AllowReassociation: true,
          ...dry,
        }),
      );
  }
}
