import type { SimInstance } from '../state.ts';
import { type Action, tagSet } from './action.ts';
import { tornConsole } from './console-text.ts';
import type { Ec2Context } from './ec2-context.ts';
import { invalidValue } from './ec2-error.ts';
import { type Filterable, filtered, page } from './filters.ts';
import { interfaceAnswer, reservation } from './instance-answer.ts';

const instanceFilters: Filterable<SimInstance> = {
  fields: {
    'instance-id': one => [one.InstanceId],
    'instance-state-name': one => [one.State.Name],
    'instance-state-code': one => [String(one.State.Code)],
    'instance-type': one => [one.InstanceType],
    'image-id': one => [one.ImageId],
    'client-token': one => [one.ClientToken],
    'key-name': one => [one.KeyName],
    'availability-zone': one => [one.Placement.AvailabilityZone],
    'subnet-id': one => [one.SubnetId],
    'vpc-id': one => [one.VpcId],
    'private-ip-address': one => [one.PrivateIpAddress],
    'ip-address': one => [one.PublicIpAddress],
    'group-id': one => one.SecurityGroups.map(({ GroupId }) => GroupId),
    'group-name': one => one.SecurityGroups.map(({ GroupName }) => GroupName),
    'instance.group-id': one => one.SecurityGroups.map(({ GroupId }) => GroupId),
    'instance.group-name': one => one.SecurityGroups.map(({ GroupName }) => GroupName),
    'block-device-mapping.volume-id': one => one.BlockDeviceMappings.map(({ Ebs }) => Ebs.VolumeId),
    'block-device-mapping.device-name': one => one.BlockDeviceMappings.map(({ DeviceName }) => DeviceName),
    'network-interface.network-interface-id': one =>
      one.NetworkInterfaces.map(({ NetworkInterfaceId }) => NetworkInterfaceId),
    'network-interface.ipv6-addresses.ipv6-address': one =>
      one.NetworkInterfaces.flatMap(nic => nic.Ipv6Addresses.map(({ Ipv6Address }) => Ipv6Address)),
    'root-device-name': one => [one.RootDeviceName],
    architecture: () => ['x86_64'],
  },
  tags: one => one.Tags,
};

function chosenInstances(ec2: Ec2Context, ids: readonly string[]): SimInstance[] {
  return ids.length === 0 ? ec2.instances() : [...new Set(ids)].map(id => ec2.instance(id));
}

export const describeInstances: Action = ({ ec2, query, dryRun }) => {
  dryRun();
  const all = filtered(chosenInstances(ec2, query.list('InstanceId')), query, instanceFilters);
  const { items, nextToken } = page(all, query);
  return { reservationSet: items.map(one => reservation(ec2, [one])), nextToken };
};

const statusFilters: Filterable<SimInstance> = {
  fields: {
    'availability-zone': one => [one.Placement.AvailabilityZone],
    'instance-state-name': one => [one.State.Name],
    'instance-status.status': one => [checks(one)],
    'system-status.status': one => [checks(one)],
  },
};

/** Both checks as one: they pass together some minutes after a launch or start. */
function checks(one: SimInstance): string {
  if (one.State.Name !== 'running') return 'not-applicable';
  return one.StatusOkAt > 0 && one.StatusOkAt <= Date.now() ? 'ok' : 'initializing';
}

export const describeInstanceStatus: Action = ({ ec2, query, dryRun }) => {
  dryRun();
  const chosen = chosenInstances(ec2, query.list('InstanceId'));
  const shown =
    query.flag('IncludeAllInstances') === true ? chosen : chosen.filter(one => one.State.Name === 'running');
  const { items, nextToken } = page(filtered(shown, query, statusFilters), query);
  return {
    instanceStatusSet: items.map(one => {
      const status = { status: checks(one), details: [{ name: 'reachability', status: checks(one) }] };
      return {
        instanceId: one.InstanceId,
        availabilityZone: one.Placement.AvailabilityZone,
        instanceState: { code: one.State.Code, name: one.State.Name },
        systemStatus: status,
        instanceStatus: status,
      };
    }),
    nextToken,
  };
};

export const describeInstanceAttribute: Action = ({ ec2, query, dryRun }) => {
  const one = ec2.instance(query.required('InstanceId'));
  dryRun();
  const attribute = query.required('Attribute');
  const values: Readonly<Record<string, object>> = {
    disableApiTermination: { disableApiTermination: { value: one.DisableApiTermination } },
    disableApiStop: { disableApiStop: { value: false } },
    instanceType: { instanceType: { value: one.InstanceType } },
    instanceInitiatedShutdownBehavior: { instanceInitiatedShutdownBehavior: { value: 'stop' } },
    rootDeviceName: { rootDeviceName: { value: one.RootDeviceName } },
    userData: { userData: { value: one.UserData === '' ? undefined : Buffer.from(one.UserData).toString('base64') } },
    groupSet: { groupSet: one.SecurityGroups.map(({ GroupId }) => ({ groupId: GroupId })) },
  };
  const value = Object.hasOwn(values, attribute) ? values[attribute] : undefined;
  if (value === undefined) throw invalidValue(`Value (${attribute}) for parameter attribute is invalid.`);
  return { instanceId: one.InstanceId, ...value };
};

export const getConsoleOutput: Action = ({ ec2, query, dryRun, torn }) => {
  const one = ec2.instance(query.required('InstanceId'));
  dryRun();
  const text = torn ? tornConsole(one.ConsoleOutput) : one.ConsoleOutput;
  return {
    instanceId: one.InstanceId,
    timestamp: new Date().toISOString(),
    output: text === '' ? undefined : Buffer.from(text).toString('base64'),
  };
};

export const describeNetworkInterfaces: Action = ({ ec2, query, dryRun }) => {
  dryRun();
  const rows = ec2.instances().flatMap(instance => instance.NetworkInterfaces.map(nic => ({ instance, nic })));
  const ids = query.list('NetworkInterfaceId');
  const wanted = ids.length === 0 ? rows : ids.map(id => ec2.interfaceOf(id));
  const all = filtered(wanted, query, {
    fields: {
      'network-interface-id': ({ nic }) => [nic.NetworkInterfaceId],
      'attachment.instance-id': ({ instance }) => [instance.InstanceId],
      'subnet-id': ({ instance }) => [instance.SubnetId],
      'vpc-id': ({ instance }) => [instance.VpcId],
      'availability-zone': ({ instance }) => [instance.Placement.AvailabilityZone],
      'group-id': ({ instance }) => instance.SecurityGroups.map(({ GroupId }) => GroupId),
      'group-name': ({ instance }) => instance.SecurityGroups.map(({ GroupName }) => GroupName),
      'private-ip-address': ({ nic }) => [nic.PrivateIpAddress],
      'addresses.private-ip-address': ({ nic }) => [nic.PrivateIpAddress],
      'association.public-ip': ({ nic }) => [nic.Association?.PublicIp],
      'association.allocation-id': ({ nic }) => [nic.Association?.AllocationId],
      'ipv6-addresses.ipv6-address': ({ nic }) => nic.Ipv6Addresses.map(({ Ipv6Address }) => Ipv6Address),
      status: () => ['in-use'],
    },
    tags: ({ nic }) => nic.TagSet,
  });
  const { items, nextToken } = page(all, query);
  return {
    networkInterfaceSet: items.map(({ instance, nic }) => ({
      ...interfaceAnswer(ec2, instance, nic),
      tagSet: tagSet(nic.TagSet),
    })),
    nextToken,
  };
};
