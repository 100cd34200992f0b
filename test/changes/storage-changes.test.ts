import { worldWithHosts } from '../builders/change-world.ts';
import { changeContract } from '../contracts/change-contract.ts';
import { storageScenarios } from '../contracts/change-scenarios/storage-scenarios.ts';

for (const scenario of storageScenarios) changeContract(scenario, worldWithHosts);
