import { describe, expect, it } from 'vitest';
import { askedFor, type Known, type Tags } from './ec2-asked.ts';
import { allowedBy, iamPolicy, type Statement } from './evaluate-policy.ts';

const copr: Tags = { FedoraGroup: 'copr', CoprPurpose: 'infrastructure', CoprInstance: 'devel' };

const aside: Tags = { CoprFedoraNextWorkflow: 'turned-back' };

/** A small account: some of it is Copr's, the rest another team's or nobody's. */
function world() {
  const tags: Record<string, Tags> = {
    'i-ours': { ...copr, Name: 'copr-backend-dev' },
    'i-theirs': { FedoraGroup: 'infra', Name: 'proxy01' },
    'i-none': {},
    'vol-ours': { ...copr, Name: 'copr-backend-dev' },
    'vol-temp': { ...copr, CoprPurpose: 'temporary', Name: 'copr-backend-dev-temp' },
    'vol-theirs': { FedoraGroup: 'infra' },
    'vol-none': {},
    'snap-ours': copr,
    'snap-ours-tagged': { ...copr, ...aside },
    'snap-made': { ...copr, FerryChange: 'k' },
    'snap-aside': { ...copr, ...aside, FerryChange: 'k' },
    'snap-theirs': {},
    'eni-ours': copr,
    'eni-theirs': {},
    'eipalloc-ours': copr,
    'eipalloc-theirs': {},
    'sg-ours': copr,
    'sg-theirs': {},
  };
  const known: Known = {
    tags: id => tags[id] ?? {},
    instanceOf: id => ({ 'eni-ours': 'i-ours', 'eni-theirs': 'i-theirs' })[id],
    association: id =>
      id === 'eipassoc-ours'
        ? { allocation: 'eipalloc-ours', networkInterface: 'eni-ours' }
        : { allocation: 'eipalloc-theirs', networkInterface: 'eni-theirs' },
    imageOwner: id => (id === 'ami-fedora' ? '125523088429' : '666666666666'),
  };
  const may = (action: string, args: Record<string, unknown>, policy = iamPolicy) =>
    askedFor(action, args, known).every(asked => allowedBy(asked, policy) !== undefined);
  /** What tags do where they are allowed. */
  const tagged = (id: string, more: Tags) => {
    if (!may('CreateTags', { ResourceId: [id], Tag: list(more) })) return false;
    tags[id] = { ...tags[id], ...more };
    return true;
  };
  return { may, tagged };
}

const list = (tags: Tags) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
const specs = (tags: Tags, ...kinds: string[]) => kinds.map(ResourceType => ({ ResourceType, Tag: list(tags) }));

const launchTags = { ...copr, Name: 'copr-backend-dev-new', CoprFedoraNextWorkflow: 'new', FerryChange: 'k' };
const launch = (more: Record<string, unknown> = {}, tags: Tags = launchTags) => ({
  ImageId: 'ami-fedora',
  KeyName: 'Ansible Key',
  MetadataOptions: { HttpTokens: 'required' },
  NetworkInterface: [{ SubnetId: 'subnet-0995f6a466849f4c3', SecurityGroupId: ['sg-ours'] }],
  BlockDeviceMapping: [{ Ebs: { Encrypted: 'true' } }],
  TagSpecification: specs(tags, 'instance', 'volume', 'network-interface'),
  ...more,
});
const nic = (subnet: string, group: string) => ({ NetworkInterface: [{ SubnetId: subnet, SecurityGroupId: [group] }] });
const temporary = { ...copr, CoprPurpose: 'temporary', Name: 'copr-backend-dev-temp', FerryChange: 'k' };
const restored = { ...copr, Name: 'copr-frontend-dev', OriginalVolume: 'vol-ours', FerryChange: 'k' };
const snapshot = {
  ...copr,
  Name: 'backup-data-copr-x',
  OriginalVolume: 'vol-ours',
  DeleteAfter: '1',
  FerryChange: 'k',
};
const on = (id: string, tags: Tags) => ({ ResourceId: [id], Tag: list(tags) });

describe('docs/aws-iam-policy.json, evaluated', () => {
  it.each<[string, string, Record<string, unknown>]>([
    ['a launch', 'RunInstances', launch()],
    [
      'a temporary volume of our snapshot',
      'CreateVolume',
      { SnapshotId: 'snap-ours', Encrypted: 'true', TagSpecification: specs(temporary, 'volume') },
    ],
    [
      'a volume of our snapshot in the place of another',
      'CreateVolume',
      { SnapshotId: 'snap-ours', Encrypted: 'true', TagSpecification: specs(restored, 'volume') },
    ],
    ['its deletion', 'DeleteVolume', { VolumeId: 'vol-temp' }],
    ['a snapshot', 'CreateSnapshot', { VolumeId: 'vol-ours', TagSpecification: specs(snapshot, 'snapshot') }],
    ['a snapshot of a run set aside', 'CreateTags', on('snap-made', aside)],
    ['its deletion then', 'DeleteSnapshot', { SnapshotId: 'snap-aside' }],
    ['a move of our volume', 'AttachVolume', { VolumeId: 'vol-ours', InstanceId: 'i-ours' }],
    ['a move of our address', 'AssociateAddress', { AllocationId: 'eipalloc-ours', NetworkInterfaceId: 'eni-ours' }],
    ['a new name', 'CreateTags', on('i-ours', { Name: 'copr-backend-dev-old', CoprFedoraNextWorkflow: 'old' })],
    ['an old one', 'DeleteTags', on('i-ours', { CoprFedoraNextWorkflow: '' })],
    ['a stop', 'StopInstances', { InstanceId: ['i-ours'] }],
  ])('allows %s', (_, action, args) => {
    expect(world().may(action, args)).toBe(true);
  });

  it.each<[string, string, Record<string, unknown>]>([
    ["another team's volume deleted", 'DeleteVolume', { VolumeId: 'vol-theirs' }],
    ['one without tags deleted', 'DeleteVolume', { VolumeId: 'vol-none' }],
    ['our own data deleted', 'DeleteVolume', { VolumeId: 'vol-ours' }],
    ["another team's instance terminated", 'TerminateInstances', { InstanceId: ['i-theirs'] }],
    ['ours and another terminated in one call', 'TerminateInstances', { InstanceId: ['i-ours', 'i-none'] }],
    ["another team's instance stopped", 'StopInstances', { InstanceId: ['i-none'] }],
    [
      "another team's protection switched off",
      'ModifyInstanceAttribute',
      { InstanceId: 'i-theirs', DisableApiTermination: {} },
    ],
    [
      'user data of ours replaced, which runs as root',
      'ModifyInstanceAttribute',
      { InstanceId: 'i-ours', UserData: {} },
    ],
    ['security groups of ours replaced', 'ModifyInstanceAttribute', { InstanceId: 'i-ours', GroupId: ['sg-theirs'] }],
    ["another team's volume detached", 'DetachVolume', { VolumeId: 'vol-theirs', InstanceId: 'i-theirs' }],
    ["our volume given to another team's instance", 'AttachVolume', { VolumeId: 'vol-ours', InstanceId: 'i-theirs' }],
    ["another team's volume attached to ours", 'AttachVolume', { VolumeId: 'vol-theirs', InstanceId: 'i-ours' }],
    [
      "another team's address taken",
      'AssociateAddress',
      { AllocationId: 'eipalloc-theirs', NetworkInterfaceId: 'eni-ours' },
    ],
    ['our address given away', 'AssociateAddress', { AllocationId: 'eipalloc-ours', NetworkInterfaceId: 'eni-theirs' }],
    ["another team's address released", 'DisassociateAddress', { AssociationId: 'eipassoc-theirs' }],
    ["another team's IPv6 taken", 'UnassignIpv6Addresses', { NetworkInterfaceId: 'eni-theirs' }],
    [
      "another team's volume copied",
      'CreateSnapshot',
      { VolumeId: 'vol-theirs', TagSpecification: specs(snapshot, 'snapshot') },
    ],
    [
      "a volume of another team's snapshot",
      'CreateVolume',
      { SnapshotId: 'snap-theirs', Encrypted: 'true', TagSpecification: specs(temporary, 'volume') },
    ],
    [
      'a volume that nobody may delete again',
      'CreateVolume',
      { Encrypted: 'true', TagSpecification: specs(copr, 'volume') },
    ],
    [
      "a volume of another team's snapshot in the place of ours",
      'CreateVolume',
      { SnapshotId: 'snap-theirs', Encrypted: 'true', TagSpecification: specs(restored, 'volume') },
    ],
    [
      'one in the place of ours under a name of others',
      'CreateVolume',
      { SnapshotId: 'snap-ours', Encrypted: 'true', TagSpecification: specs({ ...restored, Name: 'x' }, 'volume') },
    ],
    ['one of ours said to take the place of another', 'CreateTags', on('vol-ours', { OriginalVolume: 'vol-none' })],
    ['a volume without tags', 'CreateVolume', { Encrypted: 'true' }],
    ['a snapshot without tags', 'CreateSnapshot', { VolumeId: 'vol-ours' }],
    ['a launch without tags', 'RunInstances', launch({}, {})],
    ['a launch whose root may be deleted', 'RunInstances', launch({}, { ...launchTags, CoprPurpose: 'temporary' })],
    [
      'a launch under the name of the one in use',
      'RunInstances',
      launch({}, { ...launchTags, Name: 'copr-backend-dev' }),
    ],
    ['a launch with a tag of others', 'RunInstances', launch({}, { ...launchTags, Owner: 'infra' })],
    ["a launch of somebody's image", 'RunInstances', launch({ ImageId: 'ami-theirs' })],
    ['a launch in another subnet', 'RunInstances', launch(nic('subnet-theirs', 'sg-ours'))],
    ["a launch in another team's security group", 'RunInstances', launch(nic('subnet-0995f6a466849f4c3', 'sg-theirs'))],
    ['a launch with another key pair', 'RunInstances', launch({ KeyName: 'mine' })],
    ['a launch whose metadata needs no token', 'RunInstances', launch({ MetadataOptions: { HttpTokens: 'optional' } })],
    ['a launch with a role', 'RunInstances', launch({ IamInstanceProfile: { Name: 'admin' } })],
    ['a launch with an open disk', 'RunInstances', launch({ BlockDeviceMapping: [{ Ebs: {} }] })],
    [
      "a launch with a disk of another's snapshot",
      'RunInstances',
      launch({ BlockDeviceMapping: [{ Ebs: { Encrypted: 'true', SnapshotId: 'snap-theirs' } }] }),
    ],
    ["another team's instance renamed", 'CreateTags', on('i-theirs', { Name: 'copr-x' })],
    ['one without tags made ours', 'CreateTags', on('i-none', { FedoraGroup: 'copr' })],
    ['a snapshot of others made ours', 'CreateTags', on('snap-theirs', { FedoraGroup: 'copr' })],
    ['an address of others made ours', 'CreateTags', on('eipalloc-theirs', { FedoraGroup: 'copr' })],
    ['ours given to another team', 'CreateTags', on('i-ours', { FedoraGroup: 'infra' })],
    ['ours named as somebody else is', 'CreateTags', on('i-ours', { Name: 'proxy01' })],
    ['ours given a tag of others', 'CreateTags', on('i-ours', { Owner: 'me' })],
    ['a state that nobody knows', 'CreateTags', on('i-ours', { CoprFedoraNextWorkflow: 'x' })],
    ['our data declared temporary', 'CreateTags', on('vol-ours', { CoprPurpose: 'temporary' })],
    ['the tag of the group taken away', 'DeleteTags', on('vol-ours', { FedoraGroup: '' })],
    ['the purpose taken away', 'DeleteTags', on('vol-ours', { CoprPurpose: '' })],
    ['all tags taken away at once', 'DeleteTags', { ResourceId: ['vol-ours'] }],
    ["another team's name taken away", 'DeleteTags', on('i-theirs', { Name: '' })],
    ["another team's console read", 'GetConsoleOutput', { InstanceId: 'i-theirs' }],
    ["another team's user data read", 'DescribeInstanceAttribute', { InstanceId: 'i-theirs' }],
    ['a clean snapshot deleted', 'DeleteSnapshot', { SnapshotId: 'snap-made' }],
    ["another program's snapshot of ours deleted", 'DeleteSnapshot', { SnapshotId: 'snap-ours' }],
    ["another team's snapshot deleted", 'DeleteSnapshot', { SnapshotId: 'snap-theirs' }],
    [
      'one that only looks as if a run had turned back from it deleted',
      'DeleteSnapshot',
      { SnapshotId: 'snap-ours-tagged' },
    ],
    ["another program's snapshot set aside", 'CreateTags', on('snap-ours', { CoprFedoraNextWorkflow: 'turned-back' })],
    ['a snapshot renamed as it is set aside', 'CreateTags', on('snap-made', { ...aside, Name: 'copr-x' })],
    ['a snapshot of ours said to be made by a run', 'CreateTags', on('snap-ours', { FerryChange: 'k' })],
    ['a snapshot freed of its mark', 'DeleteTags', on('snap-aside', { CoprFedoraNextWorkflow: '' })],
    ['snapshots shared', 'ModifySnapshotAttribute', { SnapshotId: 'snap-ours' }],
    ['security groups opened', 'AuthorizeSecurityGroupIngress', { GroupId: 'sg-ours' }],
    ['addresses given back', 'ReleaseAddress', { AllocationId: 'eipalloc-ours' }],
  ])('denies %s', (_, action, args) => {
    expect(world().may(action, args)).toBe(false);
  });

  it('no tag that it lets be set lets it reach more by a second call', () => {
    const values: Tags[] = [
      { CoprPurpose: 'temporary' },
      { CoprPurpose: 'temporary', FedoraGroup: 'copr' },
      { CoprPurpose: 'infrastructure', FedoraGroup: 'copr', CoprInstance: 'production', Name: 'copr-x' },
      { Name: 'copr-x' },
      { FedoraGroup: 'copr' },
      { CoprFedoraNextWorkflow: 'turned-back' },
      { FerryChange: 'k' },
    ];
    for (const id of [
      'vol-ours',
      'vol-theirs',
      'vol-none',
      'i-theirs',
      'eni-theirs',
      'snap-theirs',
      'snap-ours',
      'eipalloc-theirs',
    ]) {
      for (const first of values) {
        for (const second of values) {
          const { may, tagged } = world();
          tagged(id, first);
          tagged(id, second);
          const tried = JSON.stringify([id, first, second]);
          expect(may('DeleteVolume', { VolumeId: id }), tried).toBe(false);
          expect(may('DeleteSnapshot', { SnapshotId: id }), tried).toBe(false);
          if (id === 'vol-ours') continue;
          expect(may('TerminateInstances', { InstanceId: [id] }), tried).toBe(false);
          expect(may('DetachVolume', { VolumeId: id, InstanceId: 'i-ours' }), tried).toBe(false);
          expect(may('AssociateAddress', { AllocationId: id, NetworkInterfaceId: 'eni-ours' }), tried).toBe(false);
        }
      }
    }
  });

  it('a looser Rename is found by this: it is the two calls that reached any volume of ours', () => {
    const looser = iamPolicy.Statement.map((one): Statement => {
      if (one.Sid !== 'Rename') return one;
      const { StringEqualsIfExists: _, ...rest } = one.Condition ?? {};
      return { ...one, Condition: rest };
    });
    expect(world().may('CreateTags', on('vol-ours', { CoprPurpose: 'temporary' }), { Statement: looser })).toBe(true);
  });
});
