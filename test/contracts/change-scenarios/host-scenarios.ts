import { deleteBuilders } from '#changes/delete-builders.ts';
import { killProcesses } from '#changes/kill-processes.ts';
import { rebootHost } from '#changes/reboot-host.ts';
import { removeFile } from '#changes/remove-file.ts';
import { restoreFile } from '#changes/restore-file.ts';
import { setBuildersMax } from '#changes/set-builders-max.ts';
import { setUnits } from '#changes/set-units.ts';
import { stoppedAndDisabled, stoppedAndMasked } from '#changes/shared/unit-goal.ts';
import { shutDownHost } from '#changes/shut-down-host.ts';
import { writeFile } from '#changes/write-file.ts';
import { atBackend, atKeygen, backend, keygen, ssh, stateOf } from './pretend-host.ts';
import type { ChangeScenario, ChangeWorld } from './scenario.ts';

const unitsOf = (id: string) => (world: ChangeWorld) => structuredClone(stateOf(world, id).units);
const pools = '/etc/resallocserver/pools.yaml';

export const hostScenarios: readonly ChangeScenario[] = [
  {
    kind: 'set-units',
    title: 'stopped and disabled, in order',
    arrange: async () =>
      setUnits({
        host: atBackend,
        units: stoppedAndDisabled(['copr-backend.target', 'resalloc.service', 'crond.service', 'logrotate.timer']),
      }),
    ...ssh(backend, 'systemctl', /^unit-/),
    undo: 'change',
    view: unitsOf(backend),
  },
  {
    kind: 'set-units',
    title: 'masked',
    arrange: async () =>
      setUnits({ host: atKeygen, units: stoppedAndMasked(['crond.service', 'dnf-makecache.timer']) }),
    ...ssh(keygen, 'systemctl', /^unit-/),
    undo: 'change',
    view: unitsOf(keygen),
  },
  {
    kind: 'kill-processes',
    title: 'prunerepo',
    arrange: async () => killProcesses({ host: atBackend, programs: ['/usr/bin/prunerepo'] }),
    ...ssh(backend, 'kill', /^process-killed$/),
    undo: 'none',
  },
  {
    kind: 'write-file',
    title: 'over an old one',
    arrange: async world => {
      await world.sh(keygen, 'echo old > /etc/motd');
      return writeFile({ host: atKeygen, path: '/etc/motd', content: 'new\nand another line\n', mode: '0644' });
    },
    ...ssh(keygen, 'write', /./),
    effects: () => false,
    quiet: true,
    undo: 'change',
  },
  {
    kind: 'write-file',
    title: 'where there was none',
    arrange: async () => writeFile({ host: atKeygen, path: '/etc/motd', content: "it's new\n", mode: '0644' }),
    ...ssh(keygen, 'write', /./),
    effects: () => false,
    quiet: true,
    undo: 'change',
  },
  {
    kind: 'remove-file',
    title: 'that was written',
    arrange: async world => {
      await world.sh(keygen, 'echo new > /etc/motd');
      return removeFile({ host: atKeygen, path: '/etc/motd', content: 'new\n' });
    },
    ...ssh(keygen, 'rm', /./),
    effects: () => false,
    quiet: true,
    undo: 'change',
  },
  {
    kind: 'set-builders-max',
    title: 'to none',
    arrange: async () => setBuildersMax({ host: atBackend, path: pools, max: 0 }),
    ...ssh(backend, 'write', /./),
    effects: () => false,
    quiet: true,
    undo: 'change',
  },
  {
    kind: 'restore-file',
    title: 'the pools as they were',
    arrange: async world => {
      const kept = `${pools}.before-x`;
      await world.sh(backend, `cp ${pools} ${kept} && echo other > ${pools}`);
      const [sha256 = ''] = (await world.sh(backend, `sha256sum ${kept}`)).split(' ');
      return restoreFile({ host: atBackend, path: pools, kept, sha256 });
    },
    ...ssh(backend, 'mv', /./),
    effects: () => false,
    quiet: true,
    undo: 'none',
  },
  {
    kind: 'delete-builders',
    title: 'all of them',
    arrange: async world => {
      await world.sh(backend, 'systemctl stop resalloc');
      return deleteBuilders({ host: atBackend });
    },
    ...ssh(backend, 'resalloc-maint', /^builders-deleted$/, 'resource-delete'),
    undo: 'none',
  },
  {
    kind: 'reboot-host',
    title: 'once',
    arrange: async () => rebootHost({ host: atKeygen }),
    ...ssh(keygen, 'reboot', /^booted$/),
    endsConnection: true,
    slow: true,
    undo: 'none',
  },
  {
    kind: 'shut-down-host',
    title: 'from within',
    arrange: async () => shutDownHost({ host: atKeygen }),
    ...ssh(keygen, 'shutdown', /^powered-off$/),
    endsConnection: true,
    undo: 'change',
    view: world => world.kernel.state.instances[keygen]?.State.Name,
  },
];
