import { expect, test } from 'vitest';
import { type Graph, predecessors } from '#core/graph.ts';
import type { GraphTarget } from '#jobs/graph-parts.ts';
import { steps } from '#jobs/index.ts';
import { retireGraph } from '#jobs/retire.ts';
import { returnGraph } from '#jobs/return.ts';
import type { EnvironmentSettings } from '#jobs/settings.ts';
import { upgradeGraph } from '#jobs/upgrade.ts';

const options: EnvironmentSettings['options'] = {
  warmUp: true,
  powerOffOld: false,
  rebootTest: false,
  databaseBackup: 'inside',
  databaseUpgrade: 'link',
  quietOld: 'stop',
};
const fe: GraphTarget = { name: 'fe', role: 'frontend' };
const be: GraphTarget = { name: 'be', role: 'backend' };
const dg: GraphTarget = { name: 'dg', role: 'distgit' };
const kg: GraphTarget = { name: 'kg', role: 'keygen' };
const all = [fe, be, dg, kg];

function graphOf(targets: readonly GraphTarget[], more: Partial<typeof options> = {}): Graph {
  return Object.fromEntries(upgradeGraph(steps, targets, { ...options, ...more }).map(node => [node.key, node]));
}

/** Whether a step comes before another, directly or not. */
function before(graph: Graph, first: string, then: string): boolean {
  return predecessors(graph, then).has(first);
}

test('every set of one to four targets has a graph', () => {
  for (let mask = 1; mask < 16; mask += 1) {
    const targets = all.filter((_, index) => (mask & (1 << index)) !== 0);
    expect(Object.keys(graphOf(targets)).length).toBeGreaterThan(20);
  }
});

test('users are told before anything of the outage, and that it is over after every check', () => {
  const graph = graphOf(all);
  for (const node of Object.values(graph)) {
    if (node.phase !== 'outage' || node.target === 'run') continue;
    expect(before(graph, 'run/announce-outage', node.key), node.key).toBe(true);
    expect(before(graph, node.key, 'run/announce-over'), node.key).toBe(true);
  }
});

test('an old host that shuts down is copied from first', () => {
  const graph = graphOf(all, { powerOffOld: true });
  for (const target of ['fe', 'dg']) {
    expect(before(graph, `${target}/copy-root-state`, `${target}/power-off-old`), target).toBe(true);
  }
  const usual = graphOf(all);
  expect(before(usual, 'dg/copy-root-state', 'dg/detach-data'), 'else the copy goes on beside it').toBe(false);
});

test('the backend starts its services only when keygen was checked', () => {
  expect(before(graphOf(all), 'kg/check-service', 'be/enable-services')).toBe(true);
  expect(graphOf([be])['be/enable-services']).toBeDefined();
});

test('the backend tries a build only when frontend and distgit were checked', () => {
  expect(before(graphOf(all), 'fe/check-service', 'be/check-service')).toBe(true);
  expect(before(graphOf(all), 'dg/check-service', 'be/check-service')).toBe(true);
  expect(before(graphOf(all), 'fe/check-service', 'be/enable-services')).toBe(false);
});

test('the new backend signs only when keygen was checked', () => {
  expect(before(graphOf(all), 'kg/check-service', 'be/switch-signing')).toBe(true);
});

test('birthday is taken away beside the play that needs it, and before the services start', () => {
  const graph = graphOf(all);
  for (const { name } of all) {
    expect(before(graph, `${name}/provision`, `${name}/end-birthday`)).toBe(false);
    expect(before(graph, `${name}/end-birthday`, `${name}/enable-services`)).toBe(true);
  }
  expect(before(graph, 'be/provision-ahead', 'be/end-temporary-birthday')).toBe(false);
  expect(before(graph, 'be/end-temporary-birthday', 'be/remove-temporary-host')).toBe(true);
});

test('the upgrade of the database is tried on a copy, which is gone before the outage', () => {
  const graph = graphOf([fe]);
  expect(before(graph, 'fe/snapshot-ahead', 'fe/try-database')).toBe(true);
  expect(before(graph, 'fe/install-database', 'fe/try-database')).toBe(true);
  expect(before(graph, 'fe/try-database', 'fe/remove-trial-volume')).toBe(true);
  expect(graph['fe/remove-trial-volume']?.phase).toBe('prepare');
});

test('nothing of the data is detached before it is unmounted and snapshotted, nor attached before it is detached', () => {
  const graph = graphOf(all);
  for (const { name } of all) {
    expect(before(graph, `${name}/unmount-data`, `${name}/snapshot-data`)).toBe(true);
    expect(before(graph, `${name}/snapshot-data`, `${name}/detach-data`)).toBe(true);
    expect(before(graph, `${name}/detach-data`, `${name}/attach-data`)).toBe(true);
    expect(before(graph, `${name}/stop-services`, `${name}/unmount-data`)).toBe(true);
  }
});

test('the database is dumped and stopped before its volume leaves', () => {
  const graph = graphOf([fe]);
  expect(before(graph, 'fe/back-up-database', 'fe/stop-database')).toBe(true);
  expect(before(graph, 'fe/stop-database', 'fe/unmount-data')).toBe(true);
  expect(before(graph, 'fe/mount-data', 'fe/upgrade-database')).toBe(true);
});

test('the schema is migrated when the database is the new one with its indexes, and before any service starts', () => {
  const graph = graphOf([fe]);
  expect(before(graph, 'fe/upgrade-database', 'fe/migrate-database')).toBe(true);
  expect(before(graph, 'fe/reindex-database', 'fe/migrate-database')).toBe(true);
  expect(before(graph, 'fe/migrate-database', 'fe/enable-services')).toBe(true);
  expect(graph['fe/migrate-database']).toMatchObject({ phase: 'outage', danger: 'irreversible', gate: 'database' });
  for (const { name } of [be, dg, kg]) expect(graphOf(all)[`${name}/migrate-database`]).toBeUndefined();
});

test('the backend serves its repositories before its address moves; the others move theirs first', () => {
  expect(before(graphOf([be]), 'be/serve-repositories', 'be/move-address')).toBe(true);
  expect(before(graphOf([kg]), 'kg/move-address', 'kg/unmount-data')).toBe(true);
});

test('an IPv6 address that does not move gets a new record beside the move, and before the playbook that reads it', () => {
  for (const one of all) {
    const graph = graphOf([{ ...one, ipv6Moves: false }]);
    const [change, move] = [`${one.name}/change-dns`, `${one.name}/move-address`];
    expect(graph[`${one.name}/lower-dns-ttl`]).toMatchObject({ phase: 'prepare', danger: 'safe' });
    expect(graph[change]).toMatchObject({ phase: 'outage', danger: 'disruptive', gate: 'address' });
    expect(graph[change]?.after).toEqual(graph[move]?.after);
    expect(before(graph, change, `${one.name}/provision`)).toBe(true);
    expect(before(graph, change, `${one.name}/detach-data`), 'the data need not wait for it').toBe(false);
    expect(graph[`${one.name}/restore-dns-ttl`]).toMatchObject({ phase: 'settle', danger: 'safe' });
    expect(before(graph, change, `${one.name}/restore-dns-ttl`)).toBe(true);
    const usual = Object.keys(graphOf([one]));
    expect(usual.filter(key => key.includes('dns'))).toEqual([]);
  }
});

test('frontend, distgit and keygen are provisioned while their data moves', () => {
  const graph = graphOf([kg]);
  expect(before(graph, 'kg/provision', 'kg/detach-data')).toBe(false);
  expect(before(graph, 'kg/detach-data', 'kg/provision')).toBe(false);
  expect(before(graph, 'kg/provision', 'kg/attach-data')).toBe(true);
});

test('builds are held on the live backend only where it is not in the run', () => {
  expect(graphOf([dg])['dg/hold-builds']).toBeDefined();
  expect(graphOf([dg, be])['dg/hold-builds']).toBeUndefined();
});

test('builds held for two targets are held once, and released when both are back', () => {
  const graph = graphOf([dg, kg]);
  const holds = Object.keys(graph).filter(key => key.endsWith('/hold-builds'));
  expect(holds).toEqual(['dg/hold-builds']);
  expect(before(graph, 'kg/check-service', 'dg/release-builds')).toBe(true);
  expect(before(graph, 'dg/hold-builds', 'kg/stop-services')).toBe(true);
});

test('shutting the old host down and the reboot test are the estate’s choice', () => {
  expect(graphOf([kg])['kg/power-off-old']).toBeUndefined();
  const graph = graphOf([kg], { powerOffOld: true, rebootTest: true });
  expect(before(graph, 'kg/unmount-data', 'kg/power-off-old')).toBe(true);
  expect(before(graph, 'kg/check-service', 'kg/reboot-test')).toBe(true);
});

test('names change only when the outage is over', () => {
  expect(before(graphOf(all), 'run/announce-over', 'be/rename-instances')).toBe(true);
});

test('an old instance is terminated only after its own check', () => {
  const graph = Object.fromEntries(retireGraph(steps, all).map(node => [node.key, node]));
  for (const { name } of all) expect(before(graph, `${name}/check-retirement`, `${name}/terminate-old`)).toBe(true);
});

const returnOf = (targets: readonly GraphTarget[], more: Partial<typeof options> = {}): Graph =>
  Object.fromEntries(returnGraph(steps, targets, { ...options, ...more }).map(node => [node.key, node]));

test('a return checks and starts the old instance before it takes anything away, and checks it before users hear that they are back', () => {
  const graph = returnOf(all);
  for (const { name, role } of all) {
    expect(before(graph, `${name}/check-return`, `${name}/start-old`)).toBe(true);
    expect(before(graph, `${name}/start-old`, `${name}/ready-old`)).toBe(true);
    expect(graph[`${name}/ready-old`]?.phase).toBe('prepare');
    const chain = [
      'stop-services',
      'unmount-data',
      'snapshot-data',
      'detach-data',
      'attach-data',
      'start-services',
      'check-service',
    ];
    for (const [index, step] of chain.slice(1).entries())
      expect(before(graph, `${name}/${chain[index]}`, `${name}/${step}`), step).toBe(true);
    expect(before(graph, `${name}/move-address`, `${name}/start-services`)).toBe(true);
    expect(before(graph, `${name}/check-service`, 'run/announce-over')).toBe(true);
    expect(before(graph, `${name}/rename-back`, `${name}/set-aside-new`)).toBe(true);
    expect(graph[`${name}/set-aside-new`]?.waits).toBe('window');
    if (role === 'frontend' || role === 'distgit')
      expect(before(graph, `${name}/copy-root-state`, `${name}/unmount-data`)).toBe(true);
  }
  expect(before(graph, 'kg/check-service', 'be/switch-signing')).toBe(true);
  expect(before(graph, 'be/play-configuration', 'be/switch-signing')).toBe(true);
  expect(before(graph, 'fe/put-database-back', 'fe/reindex-database')).toBe(true);
  expect(before(graph, 'be/drop-old-address', 'be/set-aside-new')).toBe(true);
});

test('a return of distgit or keygen alone holds the builds meanwhile', () => {
  const graph = returnOf([dg, kg]);
  expect(before(graph, 'dg/hold-builds', 'kg/stop-services')).toBe(true);
  expect(before(graph, 'kg/check-service', 'dg/release-builds')).toBe(true);
});

test('of a return the new instance is what leaves, and each title says so', () => {
  const graph = returnOf([{ ...be, ipv6Moves: false }]);
  const titles = Object.fromEntries(Object.values(graph).map(node => [node.step, node.title]));
  expect(titles['detach-data']).toBe('Detach the data volumes from the new instance');
  expect(titles['attach-data']).toBe('Attach the data volumes to the old instance');
  expect(titles['change-dns']).toBe('Change the AAAA record to the old instance');
  expect(titles['start-old']).toBe('Start the old instance, its services off');
  expect(titles['set-aside-new']).toBe('Stop the new instance and keep it');
});
