import type { SimInstance } from '../state.ts';
import type { Ec2Context } from './ec2-context.ts';

/** World time after which an interface that lost its Elastic IP gets an automatic address ("within minutes"). */
export const automaticAddressAfter = 180_000;

/** Gives the instance's interface an automatic public address. */
export function automaticAddress(ec2: Ec2Context, instance: SimInstance): void {
  const nic = instance.NetworkInterfaces[0];
  if (nic === undefined) return;
  const address = ec2.newPublicIp();
  nic.Association = { PublicIp: address };
  instance.PublicIpAddress = address;
}

/** What a stop takes: the automatic public address. An Elastic IP, private and IPv6 addresses stay. */
export function dropAddresses(instance: SimInstance): void {
  const nic = instance.NetworkInterfaces[0];
  if (nic?.Association?.AllocationId !== undefined) return;
  delete nic?.Association;
  delete instance.PublicIpAddress;
}
