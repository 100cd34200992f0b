import {
  AllocateAddressCommand,
  AssociateAddressCommand,
  CreateSnapshotsCommand,
  CreateTagsCommand,
  DescribeInstancesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeTagsCommand,
  DescribeVolumesCommand,
  DetachVolumeCommand,
  EC2Client,
  RebootInstancesCommand,
  ReleaseAddressCommand,
} from '@aws-sdk/client-ec2';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { seededAccount, seededTargets, seededTemporaryAddresses } from '#sim/ec2/seeded-targets.ts';
import { launchSpec } from '../../builders/launch-spec.ts';
import { type PretendEc2, pretendEc2 } from '../../builders/pretend-ec2.ts';
import { refusal, sending } from '../../builders/sending.ts';

const keygen = seededTargets['copr-keygen-dev'];
const backend = seededTargets['copr-be-dev'];
const free = seededTemporaryAddresses.dev;
const code = (name: string) => expect.objectContaining({ name });

describe('the pretend EC2 is as strict as the real one', () => {
  let ec2: PretendEc2;
  let aws: EC2Client;
  beforeEach(async () => {
    ec2 = await pretendEc2();
    aws = new EC2Client({ region: 'us-east-1', endpoint: ec2.endpoint, credentials: ec2.credentials, maxAttempts: 1 });
  });
  afterEach(() => {
    aws.destroy();
    return ec2.stop();
  });
  const launched = async (key?: string) => {
    const spec = launchSpec(ec2.kernel.state);
    const { instance } = await ec2.compute.runInstance(spec, sending(key === undefined ? {} : { key }));
    await vi.waitFor(async () => expect((await ec2.compute.instance(instance))?.state).toBe('running'));
    return instance;
  };
  const terminated = async (id: string) => {
    await ec2.compute.setTerminationProtection(id, false, sending());
    await ec2.compute.terminateInstance(id, sending());
    await vi.waitFor(async () => expect((await ec2.compute.instance(id))?.state).toBe('terminated'));
  };

  it('a token whose instance is terminated says so, and makes no other', async () => {
    const id = await launched('key-1');
    await terminated(id);
    const again = ec2.compute.runInstance(launchSpec(ec2.kernel.state), sending({ key: 'key-1' }));
    await expect(again).rejects.toThrow(refusal('IdempotentInstanceTerminated'));
    expect(ec2.kernel.effects.filter(one => one.action === 'RunInstances')).toHaveLength(1);
  });

  it('a terminated instance is shown for an hour, without addresses and devices', async () => {
    const id = await launched();
    await terminated(id);
    expect(await ec2.compute.instance(id)).toMatchObject({ devices: [], ipv6: [], publicIp: undefined, privateIp: '' });
    const gone = ec2.kernel.state.instances[id];
    if (gone?.TerminatedAt !== undefined) gone.TerminatedAt -= 3_600_001;
    expect(await ec2.compute.instance(id)).toBeUndefined();
  });

  it('termination frees data volumes and the Elastic IP, and takes the root volume', async () => {
    await terminated(keygen.instance);
    expect(await ec2.compute.volume(keygen.volumes[0]?.id ?? '')).toMatchObject({ state: 'available' });
    expect(await ec2.compute.volume(keygen.rootVolume)).toBeUndefined();
    expect(await ec2.compute.address(keygen.allocation)).toMatchObject({ instance: undefined });
    expect(ec2.hooks.told).toContain(`terminated ${keygen.instance}`);
  });

  it('a stop takes the automatic address, and leaves Elastic IP and private address', async () => {
    const fresh = await launched();
    for (const id of [fresh, keygen.instance]) {
      await ec2.compute.stopInstance(id, sending());
      await vi.waitFor(async () => expect((await ec2.compute.instance(id))?.state).toBe('stopped'));
    }
    expect((await ec2.compute.instance(fresh))?.publicIp).toBeUndefined();
    const old = await ec2.compute.instance(keygen.instance);
    expect(old).toMatchObject({ publicIp: keygen.elasticIp, privateIp: keygen.privateIp, ipv6: [keygen.ipv6] });
    expect((await ec2.compute.status(fresh))?.system).toBe('not-applicable');
  });

  it('a host that powers itself off is stopped', async () => {
    ec2.service.poweredOff(keygen.instance);
    await vi.waitFor(async () => expect((await ec2.compute.instance(keygen.instance))?.state).toBe('stopped'));
  });

  it('an Elastic IP that is associated is not taken without AllowReassociation', async () => {
    const target = { AllocationId: backend.allocation, NetworkInterfaceId: keygen.networkInterface };
    for (const more of [{}, { AllowReassociation: false }]) {
      const taken = aws.send(new AssociateAddressCommand({ ...target, ...more }));
      await expect(taken).rejects.toThrow(code('Resource.AlreadyAssociated'));
    }
    expect((await ec2.compute.address(backend.allocation))?.instance).toBe(backend.instance);
  });

  it('the Elastic IP of an interface is evicted by another one', async () => {
    const move = { allocation: free.allocation, networkInterface: keygen.networkInterface };
    await ec2.compute.associateAddress(move, sending());
    expect(await ec2.compute.address(keygen.allocation)).toMatchObject({ instance: undefined, association: undefined });
    expect((await ec2.compute.instance(keygen.instance))?.publicIp).toBe(free.elasticIp);
    const [effect] = ec2.kernel.effects.filter(one => one.action === 'AssociateAddress');
    expect(effect?.args).toMatchObject({ Released: keygen.elasticIp, InstanceId: keygen.instance });
  });

  it('an Elastic IP in use is not released', async () => {
    const inUse = aws.send(new ReleaseAddressCommand({ AllocationId: backend.allocation }));
    await expect(inUse).rejects.toThrow(code('InvalidIPAddress.InUse'));
    const { AllocationId } = await aws.send(new AllocateAddressCommand({ Domain: 'vpc' }));
    await aws.send(new ReleaseAddressCommand({ AllocationId }));
    expect(await ec2.compute.address(AllocationId ?? '')).toBeUndefined();
  });

  it('a volume of another zone is not attached', async () => {
    const { volume } = await ec2.compute.createVolume({ zone: 'us-east-1c', sizeGiB: 8, tags: {} }, sending());
    await vi.waitFor(async () => expect((await ec2.compute.volume(volume))?.state).toBe('available'));
    const there = ec2.kernel.state.volumes[volume];
    if (there !== undefined) there.AvailabilityZone = 'us-east-1a';
    const wrong = ec2.compute.attachVolume({ volume, instance: keygen.instance, device: '/dev/sdg' }, sending());
    await expect(wrong).rejects.toThrow(refusal('InvalidVolume.ZoneMismatch'));
  });

  it.each(['sdf', '/dev/sdf'])('device %s is taken however it is written', async device => {
    const { volume } = await ec2.compute.createVolume({ zone: 'us-east-1c', sizeGiB: 8, tags: {} }, sending());
    await vi.waitFor(async () => expect((await ec2.compute.volume(volume))?.state).toBe('available'));
    const taken = ec2.compute.attachVolume({ volume, instance: keygen.instance, device }, sending());
    await expect(taken).rejects.toThrow(refusal('InvalidParameterValue'));
  });

  it('the root volume is not detached, nor a free one, nor one of another instance', async () => {
    const root = { volume: keygen.rootVolume, instance: keygen.instance, device: '/dev/sda1' };
    await expect(ec2.compute.detachVolume(root, sending())).rejects.toThrow(refusal('OperationNotPermitted'));
    const VolumeId = keygen.volumes[0]?.id;
    const elsewhere = aws.send(new DetachVolumeCommand({ VolumeId, InstanceId: backend.instance }));
    await expect(elsewhere).rejects.toThrow(code('InvalidAttachment.NotFound'));
    const otherDevice = aws.send(new DetachVolumeCommand({ VolumeId, Device: '/dev/sdg' }));
    await expect(otherDevice).rejects.toThrow(code('InvalidAttachment.NotFound'));
    await aws.send(new DetachVolumeCommand({ VolumeId, InstanceId: keygen.instance }));
    await vi.waitFor(async () => expect((await ec2.compute.volume(VolumeId ?? ''))?.state).toBe('available'));
    const freeOne = aws.send(new DetachVolumeCommand({ VolumeId, InstanceId: keygen.instance }));
    await expect(freeOne).rejects.toThrow(code('IncorrectState'));
  });

  it('an attached volume is not deleted', async () => {
    const attached = ec2.compute.deleteVolume(keygen.volumes[0]?.id ?? '', sending());
    await expect(attached).rejects.toThrow(refusal('VolumeInUse'));
  });

  it.each([
    ['more than 50', Object.fromEntries(Array.from({ length: 51 }, (_, i) => [`k${i}`, ''])), 'TagLimitExceeded'],
    ['a reserved key', { 'aws:x': '' }, 'InvalidParameterValue'],
    ['a long key', { ['k'.repeat(129)]: '' }, 'InvalidParameterValue'],
    ['a long value', { k: 'v'.repeat(257) }, 'InvalidParameterValue'],
  ])('tags: %s is refused', async (_, tags: Record<string, string>, expected) => {
    await expect(ec2.compute.setTags(keygen.instance, tags, sending())).rejects.toThrow(refusal(expected));
    expect(Object.keys((await ec2.compute.instance(keygen.instance))?.tags ?? {})).toHaveLength(4);
  });

  it('tags beyond 50 with those that stand are refused whole', async () => {
    const many = Object.fromEntries(Array.from({ length: 47 }, (_, i) => [`k${i}`, '']));
    const both = aws.send(
      new CreateTagsCommand({
        Resources: [keygen.rootVolume, keygen.instance],
        Tags: Object.keys(many).map(Key => ({ Key, Value: '' })),
      }),
    );
    await expect(both).rejects.toThrow(code('TagLimitExceeded'));
    expect(Object.keys(await ec2.compute.tags(keygen.rootVolume))).toHaveLength(4);
  });

  it.each([
    ['image', { image: 'ami-0123456789abcdef0' }, 'InvalidAMIID.NotFound'],
    ['type', { type: 'z9.huge' }, 'InvalidParameterValue'],
    ['subnet', { subnet: 'subnet-0123456789abcdef0' }, 'InvalidSubnetID.NotFound'],
    ['group', { securityGroup: 'sg-0123456789abcdef0' }, 'InvalidGroup.NotFound'],
    ['key pair', { keyName: 'nobody' }, 'InvalidKeyPair.NotFound'],
    ['root size', { rootGiB: 1 }, 'InvalidBlockDeviceMapping'],
  ])('a launch with a wrong %s is refused', async (_, wrong, expected) => {
    const no = ec2.compute.runInstance(launchSpec(ec2.kernel.state, wrong), sending());
    await expect(no).rejects.toThrow(refusal(expected));
    expect(await ec2.compute.mayDo({ action: 'RunInstances', spec: launchSpec(ec2.kernel.state, wrong) })).toContain(
      expected,
    );
    expect(ec2.kernel.effects).toEqual([]);
  });

  it('an unknown filter is refused', async () => {
    const Filters = [{ Name: 'no-such-filter', Values: ['x'] }];
    for (const command of [
      new DescribeInstancesCommand({ Filters }),
      new DescribeVolumesCommand({ Filters }),
      new DescribeTagsCommand({ Filters }),
    ]) {
      await expect(aws.send(command as DescribeInstancesCommand)).rejects.toThrow(code('InvalidParameterValue'));
    }
  });

  it('filters have wildcards, alternatives and conditions', async () => {
    const named = async (...Filters: { Name: string; Values: string[] }[]) => {
      const { Reservations } = await aws.send(new DescribeInstancesCommand({ Filters }));
      return (Reservations ?? []).flatMap(one => one.Instances?.map(i => i.InstanceId)).toSorted();
    };
    const all = Object.values(seededTargets).map(({ instance }) => instance);
    expect(await named({ Name: 'tag:Name', Values: ['copr-*-dev'] })).toHaveLength(4);
    expect(await named({ Name: 'tag:Name', Values: ['copr-?eygen-dev', 'copr-backend-dev'] })).toEqual(
      [keygen.instance, backend.instance].toSorted(),
    );
    expect(await named({ Name: 'tag-key', Values: ['CoprInstance'] })).toEqual(all.toSorted());
    expect(
      await named({ Name: 'tag:CoprInstance', Values: ['devel'] }, { Name: 'instance-type', Values: ['t3a.small'] }),
    ).toEqual([keygen.instance]);
    expect(await named({ Name: 'tag:Name', Values: ['copr.keygen.dev'] })).toEqual([]);
  });

  it('IPv6: taken, outside the subnet, too many', async () => {
    const networkInterface = keygen.networkInterface;
    const taken = ec2.compute.assignIpv6({ networkInterface, address: backend.ipv6 }, sending());
    await expect(taken).rejects.toThrow(refusal('InvalidIPAddress.InUse'));
    const outside = ec2.compute.assignIpv6({ networkInterface, address: '2001:db8::1' }, sending());
    await expect(outside).rejects.toThrow(refusal('InvalidParameterValue'));
    for (const last of [1, 2, 3]) {
      const address = `2600:1f18:8ee:ae00::${last}`;
      await ec2.compute.assignIpv6({ networkInterface, address }, sending());
    }
    const fifth = ec2.compute.assignIpv6({ networkInterface, address: '2600:1f18:8ee:ae00::5' }, sending());
    await expect(fifth).rejects.toThrow(refusal('AddressLimitExceeded'));
    expect((await ec2.compute.instance(keygen.instance))?.ipv6).toHaveLength(4);
  });

  it('listings are paged, and the adapter reads every page', async () => {
    const like = ec2.kernel.state.volumes[keygen.rootVolume];
    for (let nth = 0; nth < 450 && like !== undefined; nth += 1) {
      const VolumeId = ec2.kernel.state.volumes[`vol-${nth}`]?.VolumeId ?? `vol-${String(nth).padStart(17, '0')}`;
      ec2.kernel.state.volumes[VolumeId] = {
        ...structuredClone(like),
        VolumeId,
        Tags: [{ Key: 'Many', Value: 'yes' }],
      };
    }
    expect(await ec2.compute.volumes({ tags: { Many: 'yes' } })).toHaveLength(450);
    expect(ec2.kernel.calls.filter(one => one.action === 'DescribeVolumes')).toHaveLength(3);
    const small = aws.send(new DescribeVolumesCommand({ MaxResults: 2 }));
    await expect(small).rejects.toThrow(code('InvalidParameterValue'));
  });

  it('what other clients ask for is there', async () => {
    const { NetworkInterfaces } = await aws.send(
      new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [backend.networkInterface] }),
    );
    expect(NetworkInterfaces).toMatchObject([
      { Attachment: { InstanceId: backend.instance }, Association: { PublicIp: backend.elasticIp } },
    ]);
    const { InstanceTypeOfferings } = await aws.send(
      new DescribeInstanceTypeOfferingsCommand({ LocationType: 'availability-zone' }),
    );
    expect(InstanceTypeOfferings?.every(({ Location }) => Location === seededAccount.zone)).toBe(true);
    const { Snapshots } = await aws.send(
      new CreateSnapshotsCommand({
        InstanceSpecification: { InstanceId: backend.instance, ExcludeBootVolume: true },
        CopyTagsFromSource: 'volume',
        TagSpecifications: [{ ResourceType: 'snapshot', Tags: [{ Key: 'Name', Value: 'clean' }] }],
      }),
    );
    expect(Snapshots?.map(({ VolumeId }) => VolumeId)).toEqual(backend.volumes.map(({ id }) => id));
    expect(Snapshots?.[0]?.Tags).toContainEqual({ Key: 'Name', Value: 'clean' });
    await aws.send(new RebootInstancesCommand({ InstanceIds: [backend.instance] }));
    const unknown = await fetch(ec2.endpoint, {
      method: 'POST',
      headers: {
        authorization: `AWS4-HMAC-SHA256 Credential=${ec2.credentials.accessKeyId}/x/us-east-1/ec2/aws4_request`,
      },
      body: new URLSearchParams({ Action: 'DeleteVpc' }),
    });
    expect([unknown.status, await unknown.text()]).toEqual([400, expect.stringContaining('InvalidAction')]);
  });
});
