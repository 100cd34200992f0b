import { commandScenarios } from './command-scenarios.ts';
import { dnsScenarios } from './dns-scenarios.ts';
import { ec2Scenarios } from './ec2-scenarios.ts';
import { hostScenarios } from './host-scenarios.ts';
import { inventoryScenarios } from './inventory-scenarios.ts';
import type { ChangeScenario } from './scenario.ts';
import { storageScenarios } from './storage-scenarios.ts';

/** All situations of all kinds of change. */
export const scenarios: readonly ChangeScenario[] = [
  ...ec2Scenarios,
  ...inventoryScenarios,
  ...hostScenarios,
  ...storageScenarios,
  ...commandScenarios,
  ...dnsScenarios,
];
