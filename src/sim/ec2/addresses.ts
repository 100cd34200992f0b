import type { SimAddress } from '../state.ts';
import { type Action, done, tagSet } from './action.ts';
import { automaticAddressAfter } from './automatic-address.ts';
import { type Ec2Context, noAllocation } from './ec2-context.ts';
import { Ec2Error } from './ec2-error.ts';
import { chosen, type Filterable, filtered } from './filters.ts';
import type { Query } from './query.ts';
import { specifiedTags } from './tags.ts';

const filters: Filterable<SimAddress> = {
  fields: {
    'allocation-id': one => [one.AllocationId],
    'public-ip': one => [one.PublicIp],
    'association-id': one => [one.AssociationId],
    'instance-id': one => [one.InstanceId],
    'network-interface-id': one => [one.NetworkInterfaceId],
    domain: () => ['vpc'],
  },
  tags: one => one.Tags,
};

export const describeAddresses: Action = ({ ec2, query, dryRun }) => {
  dryRun();
  const byIp = query.list('PublicIp');
  const all = chosen(ec2.state.addresses, query.list('AllocationId'), noAllocation);
  for (const ip of byIp) if (!all.some(one => one.PublicIp === ip)) throw noAddress(ip);
  const wanted = byIp.length === 0 ? all : all.filter(one => byIp.includes(one.PublicIp));
  return {
    addressesSet: filtered(wanted, query, filters).map(one => ({
      publicIp: one.PublicIp,
      allocationId: one.AllocationId,
      domain: 'vpc',
      associationId: one.AssociationId,
      instanceId: one.InstanceId,
      networkInterfaceId: one.NetworkInterfaceId,
      privateIpAddress:
        one.NetworkInterfaceId === undefined ? undefined : ec2.interfaceOf(one.NetworkInterfaceId).nic.PrivateIpAddress,
      tagSet: tagSet(one.Tags),
    })),
  };
};

export const allocateAddress: Action = ({ ec2, query, dryRun }) => {
  const tags = specifiedTags(query, ['elastic-ip']);
  dryRun();
  const address: SimAddress = {
    AllocationId: ec2.newId('eipalloc'),
    PublicIp: ec2.newPublicIp(),
    Tags: tags('elastic-ip'),
  };
  ec2.state.addresses[address.AllocationId] = address;
  ec2.effect('AllocateAddress', { AllocationId: address.AllocationId, PublicIp: address.PublicIp });
  return { publicIp: address.PublicIp, allocationId: address.AllocationId, domain: 'vpc' };
};

export const releaseAddress: Action = ({ ec2, query, dryRun }) => {
  const address = ec2.address(query.required('AllocationId'));
  dryRun();
  if (address.AssociationId !== undefined) {
    throw new Ec2Error('InvalidIPAddress.InUse', `The address with allocation id ${address.AllocationId} is in use.`);
  }
  delete ec2.state.addresses[address.AllocationId];
  ec2.effect('ReleaseAddress', { AllocationId: address.AllocationId, PublicIp: address.PublicIp });
  return done;
};

/**
 * Moves an Elastic IP in one call. It takes the place of the interface's automatic address, or of another Elastic IP
 * (which is then free); the interface that loses it gets an automatic one minutes later.
 */
export const associateAddress: Action = ({ ec2, query, dryRun }) => {
  const address = ec2.address(query.required('AllocationId'));
  const { instance, nic } = targetOf(ec2, query);
  dryRun();
  if (/^(terminated|shutting-down)$/.test(instance.State.Name)) {
    throw new Ec2Error('InvalidInstanceID', `The instance '${instance.InstanceId}' is ${instance.State.Name}.`);
  }
  if (address.NetworkInterfaceId === nic.NetworkInterfaceId) return { ...done, associationId: address.AssociationId };
  if (address.AssociationId !== undefined && query.flag('AllowReassociation') !== true) {
    throw new Ec2Error(
      'Resource.AlreadyAssociated',
      `resource ${address.AllocationId} is already associated with associate-id ${address.AssociationId}`,
    );
  }
  const loser = address.InstanceId;
  let released = nic.Association?.PublicIp;
  if (loser !== undefined) release(ec2, address);
  const other = Object.values(ec2.state.addresses).find(one => one.NetworkInterfaceId === nic.NetworkInterfaceId);
  if (other !== undefined) {
    released = other.PublicIp;
    clear(other);
  }
  const association = ec2.newId('eipassoc');
  address.AssociationId = association;
  address.InstanceId = instance.InstanceId;
  address.NetworkInterfaceId = nic.NetworkInterfaceId;
  nic.Association = { PublicIp: address.PublicIp, AllocationId: address.AllocationId };
  instance.PublicIpAddress = address.PublicIp;
  ec2.transitions.cancel('automatic-address', instance.InstanceId);
  ec2.effect('AssociateAddress', {
    AllocationId: address.AllocationId,
    PublicIp: address.PublicIp,
    AssociationId: association,
    InstanceId: instance.InstanceId,
    NetworkInterfaceId: nic.NetworkInterfaceId,
    ...(loser === undefined ? {} : { From: loser }),
    ...(released === undefined ? {} : { Released: released }),
  });
  if (loser !== undefined) void ec2.hooks.addressesChanged(loser);
  void ec2.hooks.addressesChanged(instance.InstanceId);
  return { ...done, associationId: association };
};

export const disassociateAddress: Action = ({ ec2, query, dryRun }) => {
  const association = query.required('AssociationId');
  const address = Object.values(ec2.state.addresses).find(one => one.AssociationId === association);
  if (address === undefined) {
    throw new Ec2Error('InvalidAssociationID.NotFound', `The association ID '${association}' does not exist`);
  }
  dryRun();
  const from = address.InstanceId;
  release(ec2, address);
  ec2.effect('DisassociateAddress', {
    AssociationId: association,
    AllocationId: address.AllocationId,
    PublicIp: address.PublicIp,
    InstanceId: from,
  });
  if (from !== undefined) void ec2.hooks.addressesChanged(from);
  return done;
};

function targetOf(ec2: Ec2Context, query: Query) {
  const nic = query.text('NetworkInterfaceId');
  if (nic !== undefined) return ec2.interfaceOf(nic);
  const instance = ec2.instance(query.required('InstanceId'));
  return { instance, nic: ec2.primary(instance) };
}

/** Takes the address from its interface, which gets an automatic one later. */
function release(ec2: Ec2Context, address: SimAddress): void {
  const instance = address.InstanceId === undefined ? undefined : ec2.state.instances[address.InstanceId];
  const nic = instance?.NetworkInterfaces[0];
  if (instance !== undefined && nic !== undefined) {
    delete nic.Association;
    delete instance.PublicIpAddress;
    ec2.transitions.add('automatic-address', instance.InstanceId, automaticAddressAfter);
  }
  clear(address);
}

function clear(address: SimAddress): void {
  delete address.AssociationId;
  delete address.InstanceId;
  delete address.NetworkInterfaceId;
}

function noAddress(ip: string): Ec2Error {
  return new Ec2Error('InvalidAddress.NotFound', `Address '${ip}' not found.`);
}
