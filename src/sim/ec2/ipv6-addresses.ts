import { isIPv6 } from 'node:net';
import { type Action, done } from './action.ts';
import { type Ec2Context, type SimInterface, subnetPrefix } from './ec2-context.ts';
import { Ec2Error, invalidValue } from './ec2-error.ts';
import type { Query } from './query.ts';

/** What the smallest of the estate's types can have on one interface. */
const most = 4;

/** An address is on one interface only: it is unassigned there before it can be assigned here. */
export const assignIpv6Addresses: Action = ({ ec2, query }) => {
  noDryRun(query);
  const { instance, nic } = ec2.interfaceOf(query.required('NetworkInterfaceId'));
  const wanted = query.list('Ipv6Addresses').map(compressed);
  const count = query.count('Ipv6AddressCount');
  if (wanted.length === 0 && count === undefined) {
    throw new Ec2Error('MissingParameter', 'The request must contain the parameter ipv6Addresses or ipv6AddressCount');
  }
  const taken = ec2.ipv6Taken();
  for (const address of wanted) {
    if (!address.startsWith(subnetPrefix)) throw invalidValue(`The address ${address} is not in the subnet's range.`);
    if (taken.has(address)) throw new Ec2Error('InvalidIPAddress.InUse', `The address ${address} is already in use.`);
  }
  const fresh = wanted.length > 0 ? wanted : Array.from({ length: count ?? 0 }, () => ec2.newIpv6());
  if (nic.Ipv6Addresses.length + fresh.length > most) {
    throw new Ec2Error(
      'AddressLimitExceeded',
      `An interface of ${instance.InstanceType} has at most ${most} addresses.`,
    );
  }
  nic.Ipv6Addresses.push(...fresh.map(Ipv6Address => ({ Ipv6Address })));
  changed(ec2, instance.InstanceId, nic, 'AssignIpv6Addresses', fresh);
  return { networkInterfaceId: nic.NetworkInterfaceId, assignedIpv6Addresses: fresh };
};

export const unassignIpv6Addresses: Action = ({ ec2, query }) => {
  noDryRun(query);
  const { instance, nic } = ec2.interfaceOf(query.required('NetworkInterfaceId'));
  const going = query.list('Ipv6Addresses').map(compressed);
  if (going.length === 0)
    throw new Ec2Error('MissingParameter', 'The request must contain the parameter ipv6Addresses');
  const missing = going.find(address => !nic.Ipv6Addresses.some(({ Ipv6Address }) => Ipv6Address === address));
  if (missing !== undefined) {
    throw invalidValue(`The address ${missing} is not assigned to interface ${nic.NetworkInterfaceId}.`);
  }
  nic.Ipv6Addresses = nic.Ipv6Addresses.filter(({ Ipv6Address }) => !going.includes(Ipv6Address));
  changed(ec2, instance.InstanceId, nic, 'UnassignIpv6Addresses', going);
  return { networkInterfaceId: nic.NetworkInterfaceId, unassignedIpv6Addresses: going, ...done };
};

function changed(ec2: Ec2Context, instanceId: string, nic: SimInterface, action: string, addresses: string[]): void {
  const instance = ec2.instance(instanceId);
  const first = nic.Ipv6Addresses[0]?.Ipv6Address;
  if (first === undefined) delete instance.Ipv6Address;
  else instance.Ipv6Address = first;
  ec2.effect(action, {
    NetworkInterfaceId: nic.NetworkInterfaceId,
    InstanceId: instanceId,
    Ipv6Addresses: addresses,
  });
  void ec2.hooks.addressesChanged(instanceId);
}

/** The one way to write an address, as EC2 shows it. */
function compressed(address: string): string {
  if (!isIPv6(address)) throw invalidValue(`Value (${address}) for parameter ipv6Addresses is invalid.`);
  return new URL(`http://[${address}]/`).hostname.slice(1, -1);
}

function noDryRun(query: Query): void {
  if (query.has('DryRun')) throw new Ec2Error('UnknownParameter', 'The parameter DryRun is not recognized');
}
