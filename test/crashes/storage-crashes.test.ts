import { worldWithHosts } from '../builders/change-world.ts';
import { useRedis } from '../builders/use-redis.ts';
import { storageScenarios } from '../contracts/change-scenarios/storage-scenarios.ts';
import { crashContract } from '../contracts/crash-contract.ts';

const redis = useRedis();

for (const scenario of storageScenarios) crashContract(scenario, { start: worldWithHosts, redis });
