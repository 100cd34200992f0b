import { seededAccount, seededTemporaryAddresses } from '#sim/ec2/seeded-targets.ts';
import { pretendEc2 } from '../../builders/pretend-ec2.ts';
import type { ComputePeer } from '../../contracts/compute/compute-scene.ts';
import { computeContract } from '../../contracts/compute-contract.ts';

function simulator(name: string, speed: number | 'max'): ComputePeer {
  return {
    name,
    can: {
      knowTokens: true,
      findByToken: true,
      showGroups: true,
      tagInterfaces: true,
      nameAddressedInstance: true,
      refuseVolumeInUse: true,
      refuseTakenDevice: true,
      protectAtLaunch: true,
      ipv6AtLaunch: true,
      keepIpv6Apart: true,
      listOfferings: true,
      moveAutomaticAddresses: true,
      refuseSmallThings: true,
    },
    async setUp() {
      const ec2 = await pretendEc2({ speed });
      return {
        compute: ec2.compute,
        zone: seededAccount.zone,
        subnet: seededAccount.subnet,
        securityGroup: seededAccount.securityGroups.keygen,
        keyName: seededAccount.keyPair,
        type: 't3a.small',
        owner: seededAccount.account,
        imagePrefix: 'Fedora-Cloud-Base-AmazonEC2.x86_64-',
        image: Object.values(ec2.kernel.state.images).find(({ Name }) => Name.includes('x86_64-43-'))?.ImageId ?? '',
        rootDevice: '/dev/sda1',
        allocation: seededTemporaryAddresses.dev.allocation,
        ipv6: '2600:1f18:8ee:ae00:1111:2222:3333:4444',
        stop: () => ec2.stop(),
      };
    },
  };
}

computeContract(simulator('the simulator without delays', 'max'));
computeContract(simulator('the simulator at 400 times the speed', 400));
