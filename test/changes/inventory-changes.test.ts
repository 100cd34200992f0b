import { worldWithoutHosts } from '../builders/change-world.ts';
import { changeContract } from '../contracts/change-contract.ts';
import { inventoryScenarios } from '../contracts/change-scenarios/inventory-scenarios.ts';

for (const scenario of inventoryScenarios) changeContract(scenario, worldWithoutHosts);
