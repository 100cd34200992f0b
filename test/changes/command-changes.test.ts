import { worldWithHosts } from '../builders/change-world.ts';
import { changeContract } from '../contracts/change-contract.ts';
import { commandScenarios } from '../contracts/change-scenarios/command-scenarios.ts';

for (const scenario of commandScenarios) changeContract(scenario, worldWithHosts);
