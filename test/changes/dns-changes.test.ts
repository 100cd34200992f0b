import { worldWithHosts } from '../builders/change-world.ts';
import { changeContract } from '../contracts/change-contract.ts';
import { dnsScenarios } from '../contracts/change-scenarios/dns-scenarios.ts';

for (const scenario of dnsScenarios) changeContract(scenario, worldWithHosts);
