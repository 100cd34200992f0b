import { worldWithHosts } from '../builders/change-world.ts';
import { useRedis } from '../builders/use-redis.ts';
import { hostScenarios } from '../contracts/change-scenarios/host-scenarios.ts';
import { crashContract } from '../contracts/crash-contract.ts';

const redis = useRedis();

for (const scenario of hostScenarios) crashContract(scenario, { start: worldWithHosts, redis });
