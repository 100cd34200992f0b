import { worldWithoutHosts } from '../builders/change-world.ts';
import { useRedis } from '../builders/use-redis.ts';
import { inventoryScenarios } from '../contracts/change-scenarios/inventory-scenarios.ts';
import { crashContract } from '../contracts/crash-contract.ts';

const redis = useRedis();

for (const scenario of inventoryScenarios) crashContract(scenario, { start: worldWithoutHosts, redis });
