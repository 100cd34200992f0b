import type { ComputeReader, ComputeWriter } from '#ports/compute.ts';
import { type Ec2Options, ec2Clients } from './ec2-clients.ts';
import { ec2Reader } from './ec2-reader.ts';
import { ec2Writer } from './ec2-writer.ts';

/** The port on the AWS client, which is loaded with this file. `close` lets its connections go. */
export function openEc2(options: Ec2Options): ComputeReader & ComputeWriter & { close(): void } {
  const clients = ec2Clients(options);
  return { ...ec2Reader(clients.reads), ...ec2Writer(clients), close: () => clients.close() };
}
