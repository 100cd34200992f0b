import { worldWithoutHosts } from '../builders/change-world.ts';
import { useRedis } from '../builders/use-redis.ts';
import { ec2Scenarios } from '../contracts/change-scenarios/ec2-scenarios.ts';
import { crashContract } from '../contracts/crash-contract.ts';

const redis = useRedis();

for (const scenario of ec2Scenarios) crashContract(scenario, { start: worldWithoutHosts, redis });
