import type { Asked } from './evaluate-policy.ts';

export type Tags = Readonly<Record<string, string>>;
type Args = Readonly<Record<string, unknown>>;

/** What AWS knows of the things that calls name: tags by id; a thing without any is somebody else's. */
export interface Known {
  tags(id: string): Tags;
  /** The instance that a network interface, or an association of an address, belongs to; and its interface. */
  instanceOf(id: string): string | undefined;
  /** The allocation and the interface of an association. */
  association(id: string): { readonly allocation: string; readonly networkInterface: string } | undefined;
  imageOwner(id: string): string;
}

const region = 'us-east-1';
const account = '111122223333';

function arn(type: string, id: string): string {
  const shared = type === 'image' || type === 'snapshot';
  return `arn:aws:ec2:${region}:${shared ? '' : account}:${type}/${id}`;
}

const types: Readonly<Record<string, string>> = {
  i: 'instance',
  vol: 'volume',
  snap: 'snapshot',
  eni: 'network-interface',
  eipalloc: 'elastic-ip',
};
const typeOf = (id: string) => types[id.split('-', 1)[0] ?? ''] ?? 'unknown';

const list = (value: unknown): readonly Args[] =>
  Array.isArray(value) ? (value as Args[]) : value === undefined ? [] : [value as Args];
const texts = (value: unknown): readonly string[] => list(value) as unknown as readonly string[];
const tagsOf = (value: unknown): Tags =>
  Object.fromEntries(list(value).map(({ Key, Value }) => [String(Key), String(Value ?? '')]));

/** Keys of IAM for tags in a request. */
function requested(tags: Tags): Asked['context'] {
  const keys = Object.keys(tags);
  return {
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:RequestTag/${key}`, value])),
    'aws:TagKeys': keys.length === 0 ? undefined : keys,
  };
}

function owned(tags: Tags): Asked['context'] {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, value]));
}

/**
 * All that AWS asks its policies for one call, by the Service Authorization Reference for EC2: each resource that the action
 * names or makes, and CreateTags for each kind of thing that gets tags as it is made.
 */
export function askedFor(action: string, args: Args, known: Known): readonly Asked[] {
  const on = (id: string, more: Asked['context'] = {}): Asked => ({
    action,
    resource: arn(typeOf(id), id),
    context: { ...owned(known.tags(id)), 'ec2:Region': region, ...more },
  });
  const make = (type: string, tags: Tags, more: Asked['context'] = {}): Asked[] => {
    const resource = arn(type, 'made');
    const asked = { action, resource, context: { ...requested(tags), 'ec2:Region': region, ...more } };
    const context = { ...requested(tags), 'ec2:CreateAction': action };
    return Object.keys(tags).length === 0 ? [asked] : [asked, { action: 'CreateTags', resource, context }];
  };
  const wanted = (type: string) => tagsOf(list(args.TagSpecification).find(one => one.ResourceType === type)?.Tag);
  switch (action) {
    case 'RunInstances': {
      const [nic = {}] = list(args.NetworkInterface);
      const metadata = (args.MetadataOptions ?? {}) as Args;
      const volumes = list(args.BlockDeviceMapping).map(({ Ebs }) => (Ebs ?? {}) as Args);
      const profile = args.IamInstanceProfile === undefined ? undefined : 'given';
      return [
        {
          action,
          resource: arn('image', String(args.ImageId)),
          context: { 'ec2:Owner': known.imageOwner(String(args.ImageId)) },
        },
        { action, resource: arn('subnet', String(nic.SubnetId)), context: {} },
        { action, resource: arn('key-pair', String(args.KeyName)), context: {} },
        ...texts(nic.SecurityGroupId).map(id => ({
          action,
          resource: arn('security-group', id),
          context: owned(known.tags(id)),
        })),
        ...make('instance', wanted('instance'), {
          'ec2:MetadataHttpTokens': String(metadata.HttpTokens ?? 'optional'),
          'ec2:InstanceProfile': profile,
        }),
        ...make('network-interface', wanted('network-interface')),
        ...volumes.flatMap(one => [
          ...make('volume', wanted('volume'), { 'ec2:Encrypted': String(one.Encrypted ?? false) }),
          ...(one.SnapshotId === undefined ? [] : [on(String(one.SnapshotId))]),
        ]),
      ];
    }
    case 'CreateVolume':
      return [
        ...make('volume', wanted('volume'), { 'ec2:Encrypted': String(args.Encrypted ?? false) }),
        ...(args.SnapshotId === undefined ? [] : [on(String(args.SnapshotId))]),
      ];
    case 'CreateSnapshot':
      return [on(String(args.VolumeId)), ...make('snapshot', wanted('snapshot'))];
    case 'DeleteVolume':
      return [on(String(args.VolumeId))];
    case 'DeleteSnapshot':
      return [on(String(args.SnapshotId))];
    case 'AttachVolume':
    case 'DetachVolume':
      return [on(String(args.VolumeId)), on(String(args.InstanceId))];
    case 'AssociateAddress': {
      const nic = String(args.NetworkInterfaceId);
      const instance = known.instanceOf(nic);
      return [on(String(args.AllocationId)), on(nic), ...(instance === undefined ? [] : [on(instance)])];
    }
    case 'DisassociateAddress': {
      const found = known.association(String(args.AssociationId));
      if (found === undefined) return [];
      return [on(found.allocation), on(found.networkInterface)];
    }
    case 'AssignIpv6Addresses':
    case 'UnassignIpv6Addresses':
      return [on(String(args.NetworkInterfaceId))];
    case 'StartInstances':
    case 'StopInstances':
    case 'TerminateInstances':
      return texts(args.InstanceId).map(id => on(id));
    case 'ModifyInstanceAttribute': {
      const attribute = ['DisableApiTermination', 'BlockDeviceMapping', 'UserData', 'InstanceType', 'GroupId'].find(
        name => args[name] !== undefined,
      );
      return [on(String(args.InstanceId), { 'ec2:Attribute': attribute })];
    }
    case 'CreateTags':
    case 'DeleteTags': {
      const tags = tagsOf(args.Tag);
      // A deletion has no values to ask for.
      const request = action === 'CreateTags' ? requested(tags) : { 'aws:TagKeys': requested(tags)['aws:TagKeys'] };
      return texts(args.ResourceId).map(id => on(id, request));
    }
    case 'DescribeInstanceAttribute':
    case 'GetConsoleOutput':
      return [on(String(args.InstanceId))];
    default:
      return [{ action, resource: '*', context: { 'ec2:Region': region } }];
  }
}
