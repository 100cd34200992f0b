import { allowCopy } from '#changes/allow-copy.ts';
import { backUpDatabase } from '#changes/back-up-database.ts';
import { buildPackage } from '#changes/build-package.ts';
import { checkPlaybook } from '#changes/check-playbook.ts';
import { copyFolders } from '#changes/copy-folders.ts';
import { createSwapFile } from '#changes/create-swap-file.ts';
import { cutBackupSleep } from '#changes/cut-backup-sleep.ts';
import { editInventory } from '#changes/edit-inventory.ts';
import { forbidCopy } from '#changes/forbid-copy.ts';
import { installPackages } from '#changes/install-packages.ts';
import { migrateSchema } from '#changes/migrate-schema.ts';
import { playPlaybook } from '#changes/play-playbook.ts';
import { pullCheckout } from '#changes/pull-checkout.ts';
import { reindexDatabase } from '#changes/reindex-database.ts';
import { restoreOldDatabase } from '#changes/restore-old-database.ts';
import { runCommand } from '#changes/run-command.ts';
import { testSigning } from '#changes/test-signing.ts';
import { updateSystem } from '#changes/update-system.ts';
import { upgradeDatabase } from '#changes/upgrade-database.ts';
import { seededTargets } from '#sim/ec2/seeded-targets.ts';
import { sending } from '../../builders/sending.ts';
import { backend, frontend, keygen, ssh, stateOf } from './pretend-host.ts';
import type { ChangeScenario, ChangeWorld } from './scenario.ts';

const distgit = seededTargets['copr-dist-git-dev'].instance;
const { privateIp: frontendIp } = seededTargets['copr-fe-dev'];
const { privateIp: distgitIp } = seededTargets['copr-dist-git-dev'];
const batcave = { host: 'batcave01' };
const checkout = '/srv/web/infra/ansible';
const data = '/var/lib/pgsql/data';
const dumps = '/var/www/html/db_dumps';
const program = '/usr/local/bin/backup-database';

/** The frontend's data under the next Fedora: its server doesn't start on it. */
async function nextFedora(world: ChangeWorld): Promise<void> {
  await world.sh(frontend, 'systemctl stop httpd postgresql');
  const state = stateOf(world, frontend);
  state.fedora = 43;
  state.packages['postgresql-upgrade'] = '18.1-2.fc43';
}

const upgrade = { host: { instance: frontend }, from: 16, to: 18, checksums: false, data };
const copy = { from: { instance: frontend }, to: { instance: distgit } };
const quiet = { effects: () => false, quiet: true } as const;

export const commandScenarios: readonly ChangeScenario[] = [
  {
    kind: 'run-command',
    title: 'one that ends well',
    arrange: async () =>
      runCommand({ host: { instance: keygen }, argv: ['dnf', '-y', 'install', 'tmux'], as: null, what: 'have tmux' }),
    ...ssh(keygen, 'dnf', /^packages-installed$/),
    slow: true,
    undo: 'none',
  },
  {
    kind: 'update-system',
    title: 'with its marker',
    arrange: async world => {
      stateOf(world, keygen).packages['fedora-updates'] = 'none';
      return updateSystem({ host: { instance: keygen }, marker: '/etc/ferry-updated' });
    },
    ...ssh(keygen, 'update', /^packages-updated$/),
    slow: true,
    undo: 'none',
  },
  {
    kind: 'install-packages',
    title: 'one that is missing',
    arrange: async () => installPackages({ host: { instance: frontend }, packages: ['postgresql-upgrade'] }),
    ...ssh(frontend, 'dnf', /^packages-installed$/),
    slow: true,
    undo: 'none',
  },
  {
    kind: 'create-swap-file',
    title: 'on a host without one',
    arrange: async world => {
      stateOf(world, keygen).swap = '';
      return createSwapFile({ host: { instance: keygen }, path: '/swapfile', sizeMiB: 16_384 });
    },
    ...ssh(keygen, 'swap', /^swap-on$/),
    slow: true,
    undo: 'none',
  },
  {
    kind: 'play-playbook',
    title: 'some tags of it',
    arrange: async () =>
      playPlaybook({
        host: batcave,
        limit: 'copr-keygen-dev.aws.fedoraproject.org',
        playbook: 'groups/copr-keygen.yml',
        tags: ['iptables', 'config'],
        mayStopAtMount: false,
      }),
    request: { service: 'ssh', host: 'batcave01', action: 'rbac-playbook' },
    effects: one => one.action === 'playbook-ran',
    slow: true,
    undo: 'none',
  },
  {
    kind: 'check-playbook',
    title: 'some tags of it',
    arrange: async () =>
      checkPlaybook({
        host: batcave,
        limit: 'copr-keygen-dev.aws.fedoraproject.org',
        playbook: 'groups/copr-keygen.yml',
        tags: ['iptables', 'config'],
        word: '172.30.2.94',
      }),
    request: { service: 'ssh', host: 'batcave01', action: 'rbac-playbook' },
    effects: one => one.action === 'playbook-ran',
    quiet: true,
    slow: true,
    undo: 'none',
  },
  {
    kind: 'build-package',
    title: 'a small one',
    arrange: async () =>
      buildPackage({
        host: batcave,
        config: '/home/ferry/copr-dev.conf',
        project: '@copr/ferry-test',
        package: 'hello',
      }),
    ...ssh(frontend, 'copr-cli', /^build-created$/),
    request: { service: 'ssh', host: 'batcave01', action: 'copr-cli' },
    slow: true,
    undo: 'none',
  },
  {
    kind: 'pull-checkout',
    title: 'one that is behind',
    arrange: async world => {
      await world.sh('batcave01', `echo 0000000000000000000000000000000000000000 > ${checkout}/.git/ferry-head`);
      return pullCheckout({ host: batcave, path: checkout });
    },
    ...ssh('batcave01', 'git', /^checkout-updated$/),
    undo: 'none',
  },
  {
    kind: 'edit-inventory',
    title: 'until batcave01 has it',
    arrange: async () =>
      editInventory({
        edits: [
          {
            op: 'set-host-vars',
            file: 'inventory/inventory',
            section: 'copr_keygen_dev_aws',
            host: 'copr-keygen-dev.aws.fedoraproject.org',
            vars: { birthday: 'yes' },
          },
        ],
        message: 'copr-keygen-dev: new host',
        checkout: { host: batcave, path: checkout },
      }),
    request: { service: 'git', action: 'push' },
    effects: one => one.service === 'git',
    slow: true,
    undo: 'change',
    view: world => world.repo.files().map(path => world.repo.file(path)),
  },
  {
    kind: 'back-up-database',
    title: 'without its sleep',
    arrange: async () => backUpDatabase({ host: { instance: frontend }, program, database: 'coprdb', folder: dumps }),
    ...ssh(frontend, 'backup', /^database-dumped$/),
    slow: true,
    undo: 'none',
  },
  {
    kind: 'cut-backup-sleep',
    title: 'only its own',
    arrange: async world => {
      world.kernel.setSpeed(1);
      await world.sh(frontend, `setsid -f runuser -u postgres -- ${program} coprdb`);
      await world.sh(frontend, 'for i in 1 2 3 4 5 6 7 8 9; do pgrep -x sleep && break; done');
      return cutBackupSleep({ host: { instance: frontend }, program, folder: dumps });
    },
    ...ssh(frontend, 'pkill', /^process-killed$/),
    undo: 'none',
  },
  {
    kind: 'upgrade-database',
    title: 'by copy',
    arrange: async world => {
      await nextFedora(world);
      return upgradeDatabase({ ...upgrade, mode: 'copy' });
    },
    ...ssh(frontend, 'postgresql-setup', /^database-upgraded$/),
    slow: true,
    undo: 'change',
  },
  {
    kind: 'upgrade-database',
    title: 'by link',
    arrange: async world => {
      await nextFedora(world);
      return upgradeDatabase({ ...upgrade, mode: 'link' });
    },
    ...ssh(frontend, 'postgresql-setup', /^database-upgraded$/),
    slow: true,
    undo: 'none',
  },
  {
    kind: 'restore-old-database',
    title: 'beside the new one',
    arrange: async world => {
      await world.sh(
        frontend,
        `systemctl stop httpd postgresql; cp -r ${data} ${data}-old; echo 18 > ${data}/PG_VERSION`,
      );
      return restoreOldDatabase({ host: { instance: frontend }, data, major: 16 });
    },
    ...ssh(frontend, 'restore', /./),
    ...quiet,
    undo: 'none',
  },
  {
    kind: 'reindex-database',
    title: 'after another glibc',
    arrange: async world => {
      for (const volume of seededTargets['copr-fe-dev'].volumes) {
        const on = world.kernel.state.volumes[volume.id]?.Content.fileSystem;
        if (on !== undefined) on.data.collationVersion = '2.30';
      }
      return reindexDatabase({ host: { instance: frontend }, jobs: 2 });
    },
    ...ssh(frontend, 'reindex', /^(database-reindexed|database-analyzed|collation-refreshed)$/),
    slow: true,
    undo: 'none',
  },
  {
    kind: 'migrate-schema',
    title: 'that an older copr-frontend left',
    arrange: async world => {
      for (const volume of seededTargets['copr-fe-dev'].volumes) {
        const on = world.kernel.state.volumes[volume.id]?.Content.fileSystem;
        if (on !== undefined) on.data.schema = '06b208e317a3';
      }
      return migrateSchema({ host: { instance: frontend }, database: 'coprdb' });
    },
    ...ssh(frontend, 'alembic-3', /^database-migrated$/),
    slow: true,
    undo: 'none',
  },
  {
    kind: 'test-signing',
    title: 'with a key that is there',
    arrange: async () => testSigning({ host: { instance: backend }, key: '@copr#copr@copr.fedorahosted.org' }),
    ...ssh(backend, 'test-signing', /^file-signed$/),
    undo: 'none',
  },
  {
    kind: 'allow-copy',
    title: 'from one address only',
    arrange: async () => allowCopy({ ...copy, address: distgitIp, paths: ['/var/lib/copr/data'] }),
    ...ssh(frontend, 'write', /./, 'authorized_keys'),
    ...quiet,
    undo: 'change',
  },
  {
    kind: 'forbid-copy',
    title: 'again',
    arrange: async world => {
      await world.sh(
        frontend,
        `echo 'restrict,from="${distgitIp}" ssh-ed25519 AAAA ferry-copy-${distgit}' >> /root/.ssh/authorized_keys`,
      );
      return forbidCopy(copy);
    },
    ...ssh(frontend, 'write', /./, 'authorized_keys'),
    ...quiet,
    undo: 'none',
  },
  {
    kind: 'copy-folders',
    title: 'of the root disk',
    arrange: async world => {
      const paths = ['/var/lib/copr/data'];
      await allowCopy.definition.make(world.writers, { ...copy, address: distgitIp, paths }, sending());
      const hostKeys = [stateOf(world, frontend).publicKey];
      return copyFolders({ ...copy, address: frontendIp, hostKeys, paths, served: true });
    },
    ...ssh(distgit, 'copy', /^files-copied$/),
    slow: true,
    undo: 'none',
  },
];
