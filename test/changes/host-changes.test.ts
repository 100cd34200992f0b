import { worldWithHosts } from '../builders/change-world.ts';
import { changeContract } from '../contracts/change-contract.ts';
import { hostScenarios } from '../contracts/change-scenarios/host-scenarios.ts';

for (const scenario of hostScenarios) changeContract(scenario, worldWithHosts);
