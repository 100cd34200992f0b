import { worldWithHosts } from '../builders/change-world.ts';
import { useRedis } from '../builders/use-redis.ts';
import { commandScenarios } from '../contracts/change-scenarios/command-scenarios.ts';
import { crashContract } from '../contracts/crash-contract.ts';

const redis = useRedis();

for (const scenario of commandScenarios) crashContract(scenario, { start: worldWithHosts, redis });
