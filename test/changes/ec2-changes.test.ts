import { worldWithoutHosts } from '../builders/change-world.ts';
import { changeContract } from '../contracts/change-contract.ts';
import { ec2Scenarios } from '../contracts/change-scenarios/ec2-scenarios.ts';

for (const scenario of ec2Scenarios) changeContract(scenario, worldWithoutHosts);
