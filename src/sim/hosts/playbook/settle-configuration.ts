import { nftablesFile } from '../packet-filter.ts';
import { domain, rolePlans } from '../roles.ts';
import type { VirtualHost } from '../virtual-host.ts';
import { viewOf } from './inventory-view.ts';
import { tasksOf } from './tasks.ts';

/** Gives a seeded host the configuration that its playbook wrote long ago; once, before anything happens in the world. */
export async function settleConfiguration(target: VirtualHost, batcave: VirtualHost): Promise<void> {
  const { role, environment = 'dev', seeded } = target.state;
  if (role === undefined || !seeded || target.state.files[nftablesFile] !== undefined) return;
  const plan = rolePlans[role];
  const name = `${plan.hosts[environment]}${domain}`;
  const view = await viewOf(batcave, name);
  if (view === undefined) return;
  const play = { target, batcave, name, plan, vars: view.vars, check: false, diff: [] };
  await target.quietly(async () => {
    for (const task of tasksOf(plan).filter(one => one.tags.includes('config'))) await task.act(play);
  });
  await target.keep();
}
