import {
  AllocateAddressCommand,
  CreateKeyPairCommand,
  CreateSecurityGroupCommand,
  CreateSubnetCommand,
  CreateVpcCommand,
  EC2Client,
  RegisterImageCommand,
} from '@aws-sdk/client-ec2';
import { describe, it } from 'vitest';
import { ec2Compute } from '#adapters/ec2/ec2-compute.ts';
import type { ComputeWorld } from '../../contracts/compute/compute-scene.ts';
import { computeContract } from '../../contracts/compute-contract.ts';
import { startMoto, whyNoMoto } from '../../peers/moto.ts';

const why = await whyNoMoto();
const config = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'AKIAMOTO000000000000', secretAccessKey: 'not-a-secret' },
};

if (why !== undefined) {
  describe('compute on moto', () => {
    it.skip(why, () => {});
  });
} else {
  computeContract({
    name: 'moto',
    can: {
      knowTokens: false,
      // The filter isn't implemented.
      findByToken: false,
      // Of an interface that RunInstances names.
      showGroups: false,
      tagInterfaces: false,
      // Of an address that was associated with an interface.
      nameAddressedInstance: false,
      refuseVolumeInUse: false,
      refuseTakenDevice: false,
      protectAtLaunch: false,
      ipv6AtLaunch: false,
      keepIpv6Apart: false,
      listOfferings: false,
      moveAutomaticAddresses: false,
      refuseSmallThings: false,
    },
    setUp,
  });
}

async function setUp(): Promise<ComputeWorld> {
  const moto = await startMoto();
  const client = new EC2Client({ ...config, endpoint: moto.endpoint });
  const zone = 'us-east-1c';
  const vpc = await client.send(new CreateVpcCommand({ CidrBlock: '172.30.0.0/16' }));
  const subnet = await client.send(
    new CreateSubnetCommand({ VpcId: vpc.Vpc?.VpcId, CidrBlock: '172.30.2.0/24', AvailabilityZone: zone }),
  );
  const name = 'copr-keygen-sg';
  const group = await client.send(
    new CreateSecurityGroupCommand({ GroupName: name, Description: name, VpcId: vpc.Vpc?.VpcId }),
  );
  await client.send(new CreateKeyPairCommand({ KeyName: 'Ansible Key' }));
  const address = await client.send(new AllocateAddressCommand({ Domain: 'vpc' }));
  const images: string[] = [];
  for (const release of ['41-1.4', '43-1.6']) {
    const Name = `Fedora-Cloud-Base-AmazonEC2.x86_64-${release}`;
    const { ImageId } = await client.send(new RegisterImageCommand({ Name, RootDeviceName: '/dev/sda1' }));
    images.push(ImageId ?? '');
  }
  client.destroy();
  const compute = ec2Compute({ ...config, endpoint: moto.endpoint });
  return {
    compute,
    zone,
    subnet: subnet.Subnet?.SubnetId ?? '',
    securityGroup: { id: group.GroupId ?? '', name },
    keyName: 'Ansible Key',
    type: 't3a.small',
    owner: '123456789012',
    imagePrefix: 'Fedora-Cloud-Base-AmazonEC2.x86_64-',
    image: images.at(-1) ?? '',
    rootDevice: '/dev/sda1',
    allocation: address.AllocationId ?? '',
    ipv6: '2600:1f18:8ee:ae00:1111:2222:3333:4444',
    async stop() {
      compute.close();
      await moto.stop();
    },
  };
}
