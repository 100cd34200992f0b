import { seededTargets, seededTemporaryAddresses } from './ec2/seeded-targets.ts';

const domain = 'aws.fedoraproject.org';

/** The pretend name servers' records: each target by its Elastic IP and its IPv6 address, and the temporary names. */
export function seedDns(): Record<string, string[]> {
  const records: Record<string, string[]> = {};
  for (const [name, { elasticIp, ipv6 }] of Object.entries(seededTargets)) {
    records[`A ${name}.${domain}`] = [elasticIp];
    records[`AAAA ${name}.${domain}`] = [ipv6];
  }
  records[`A copr-be-dev-temp.${domain}`] = [seededTemporaryAddresses.dev.elasticIp];
  records[`A copr-be-temp.${domain}`] = [seededTemporaryAddresses.prod.elasticIp];
  return records;
}
