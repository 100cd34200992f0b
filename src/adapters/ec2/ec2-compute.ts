import type { ComputeReader, ComputeWriter } from '#ports/compute.ts';
import type { Ec2Options } from './ec2-clients.ts';

type Compute = ComputeReader & ComputeWriter;
type Call = (...args: readonly unknown[]) => Promise<unknown>;

/** Every call of the port: the compiler misses none. */
const calls: Readonly<Record<keyof Compute, true>> = {
  instance: true,
  instances: true,
  volume: true,
  volumes: true,
  snapshot: true,
  snapshots: true,
  address: true,
  addresses: true,
  images: true,
  status: true,
  terminationProtected: true,
  console: true,
  offered: true,
  subnet: true,
  securityGroup: true,
  keyPair: true,
  tags: true,
  mayDo: true,
  runInstance: true,
  createVolume: true,
  deleteVolume: true,
  deleteSnapshot: true,
  createSnapshot: true,
  attachVolume: true,
  detachVolume: true,
  associateAddress: true,
  disassociateAddress: true,
  assignIpv6: true,
  unassignIpv6: true,
  setTerminationProtection: true,
  setTags: true,
  deleteTags: true,
  setDeleteOnTermination: true,
  startInstance: true,
  stopInstance: true,
  terminateInstance: true,
};

/**
 * The port on EC2 itself, or on whatever speaks its protocol at `endpoint`. The AWS client is 70 MB and a third of a
 * second: it is loaded with the first call, which is a reading one. `close` lets its connections go.
 */
export function ec2Compute(options: Ec2Options): Compute & { close(): void } {
  let opened: Promise<Compute & { close(): void }> | undefined;
  const open = () => {
    opened ??= import('./open-ec2.ts').then(({ openEc2 }) => openEc2(options));
    return opened;
  };
  const lazily = (name: keyof Compute): Call => {
    return async (...args) => {
      const compute = await open();
      return (compute[name] as Call)(...args);
    };
  };
  const port = Object.fromEntries((Object.keys(calls) as (keyof Compute)[]).map(name => [name, lazily(name)]));
  return { ...(port as unknown as Compute), close: () => void opened?.then(compute => compute.close()) };
}
