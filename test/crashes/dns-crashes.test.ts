import { worldWithHosts } from '../builders/change-world.ts';
import { useRedis } from '../builders/use-redis.ts';
import { dnsScenarios } from '../contracts/change-scenarios/dns-scenarios.ts';
import { crashContract } from '../contracts/crash-contract.ts';

const redis = useRedis();

for (const scenario of dnsScenarios) crashContract(scenario, { start: worldWithHosts, redis });
