import type { Environment, HostState, Role } from './host-state.ts';

/** What a unit is to the rest of the host. */
export interface UnitPlan {
  readonly name: string;
  readonly command: string;
  readonly user: string;
  /** Mount points that its processes hold open. */
  readonly holds?: readonly string[];
  /** A target's parts: they stop and start with it. */
  readonly partOf?: string;
  /** Ignores `services_disabled`, as the roles' playbooks do. */
  readonly ignoresDisabled?: boolean;
}

export interface RolePlan {
  readonly role: Role;
  /** Names before `.aws.fedoraproject.org`. */
  readonly hosts: Readonly<Record<Environment, string>>;
  /** Under which users know it, and for which it has a certificate; keygen has neither. */
  readonly names?: Readonly<Record<Environment, string>>;
  readonly playbook: string;
  readonly label: string;
  /** First the file system itself, then bind mounts over it. */
  readonly mounts: readonly { readonly target: string; readonly bind?: string }[];
  readonly nofail: boolean;
  readonly units: readonly UnitPlan[];
  readonly packages: readonly string[];
}

const timers: readonly UnitPlan[] = [
  { name: 'dnf-makecache.timer', command: '', user: 'root' },
  { name: 'systemd-tmpfiles-clean.timer', command: '', user: 'root' },
  { name: 'fstrim.timer', command: '', user: 'root' },
];
const crond: UnitPlan = { name: 'crond.service', command: '/usr/sbin/crond -n', user: 'root' };
const httpd = (...holds: string[]): UnitPlan => ({
  name: 'httpd.service',
  command: '/usr/sbin/httpd -DFOREGROUND',
  user: 'apache',
  holds,
});
const worker = (name: string): UnitPlan => ({
  name: `copr-backend-${name}.service`,
  command: `/usr/bin/python3 /usr/bin/copr-backend-${name === 'log' ? 'logger' : `run-dispatcher ${name}s`}`,
  user: 'copr',
  holds: name === 'log' ? [] : ['/var/lib/copr/public_html'],
  partOf: 'copr-backend.target',
});

const results = '/var/lib/copr/public_html';

/** The four roles as their playbooks set them up (group_vars, roles copr/*): units in the order in which they start. */
export const rolePlans: Readonly<Record<Role, RolePlan>> = {
  frontend: {
    role: 'frontend',
    hosts: { dev: 'copr-fe-dev', prod: 'copr-fe' },
    names: { dev: 'copr.stg.fedoraproject.org', prod: 'copr.fedorainfracloud.org' },
    playbook: 'groups/copr-frontend.yml',
    label: 'copr-fe',
    mounts: [{ target: '/srv/copr-fe' }, { target: '/var/lib/pgsql', bind: '/srv/copr-fe/pgsqldb' }],
    nofail: false,
    units: [
      {
        name: 'postgresql.service',
        command: '/usr/bin/postgres -D /var/lib/pgsql/data',
        user: 'postgres',
        holds: ['/var/lib/pgsql', '/srv/copr-fe'],
        ignoresDisabled: true,
      },
      { name: 'valkey.service', command: '/usr/bin/valkey-server 127.0.0.1:6379', user: 'valkey' },
      httpd(),
      {
        name: 'fm-consumer@copr_messaging.service',
        command: '/usr/bin/python3 /usr/bin/fedora-messaging --conf /etc/fedora-messaging/copr_messaging.toml consume',
        user: 'copr-fe',
      },
      crond,
      ...timers,
    ],
    packages: ['copr-frontend', 'copr-frontend-fedora', 'httpd', 'postgresql-server', 'valkey', 'cronie'],
  },
  backend: {
    role: 'backend',
    hosts: { dev: 'copr-be-dev', prod: 'copr-be' },
    names: { dev: 'copr-be-dev.cloud.fedoraproject.org', prod: 'copr-be.cloud.fedoraproject.org' },
    playbook: 'groups/copr-backend.yml',
    label: 'copr-repo',
    mounts: [{ target: results }],
    nofail: true,
    units: [
      {
        name: 'lighttpd.service',
        command: '/usr/sbin/lighttpd -D -f /etc/lighttpd/lighttpd.conf',
        user: 'lighttpd',
        holds: [results],
        ignoresDisabled: true,
      },
      {
        name: 'resalloc.service',
        command: '/usr/bin/python3 /usr/bin/resalloc-server',
        user: 'resalloc',
      },
      { name: 'copr-backend.target', command: '', user: 'root' },
      worker('log'),
      worker('build'),
      worker('action'),
      crond,
      { name: 'logrotate.timer', command: '', user: 'root' },
      ...timers,
    ],
    packages: ['copr-backend', 'lighttpd', 'resalloc-server', 'obs-signd', 'mdadm', 'lvm2', 'cronie'],
  },
  distgit: {
    role: 'distgit',
    hosts: { dev: 'copr-dist-git-dev', prod: 'copr-dist-git' },
    names: { dev: 'copr-dist-git-dev.fedorainfracloud.org', prod: 'copr-dist-git.fedorainfracloud.org' },
    playbook: 'groups/copr-dist-git.yml',
    label: 'copr-dist-git',
    mounts: [{ target: '/var/lib/dist-git' }],
    nofail: false,
    units: [
      { name: 'dist-git.socket', command: '', user: 'root' },
      httpd('/var/lib/dist-git'),
      {
        name: 'copr-dist-git.service',
        command: '/usr/bin/python3 /usr/bin/copr-run-dispatcher-distgit imports',
        user: 'copr-dist-git',
        holds: ['/var/lib/dist-git'],
      },
      crond,
      ...timers,
    ],
    packages: ['copr-dist-git', 'dist-git', 'httpd', 'cgit', 'cronie'],
  },
  keygen: {
    role: 'keygen',
    hosts: { dev: 'copr-keygen-dev', prod: 'copr-keygen' },
    playbook: 'groups/copr-keygen.yml',
    label: 'copr-keygen',
    mounts: [{ target: '/var/lib/copr-keygen' }],
    nofail: false,
    units: [
      { ...httpd('/var/lib/copr-keygen') },
      {
        name: 'signd.service',
        command: '/usr/bin/perl /usr/sbin/signd',
        user: 'copr-signer',
        holds: ['/var/lib/copr-keygen'],
      },
      crond,
      ...timers,
    ],
    packages: ['copr-keygen', 'obs-signd', 'httpd', 'cronie'],
  },
};

/** Units of every Fedora host, before any playbook. */
export const baseUnits: readonly UnitPlan[] = [
  { name: 'sshd.service', command: 'sshd: /usr/sbin/sshd -D [listener]', user: 'root' },
  { name: 'chronyd.service', command: '/usr/sbin/chronyd -F 2', user: 'chrony' },
  { name: 'NetworkManager.service', command: '/usr/sbin/NetworkManager --no-daemon', user: 'root' },
  ...timers,
];

export const domain = '.aws.fedoraproject.org';

/** The name of a host's own record that a name leads to: users' names are aliases of it. */
export function canonicalName(name: string): string {
  for (const { names, hosts } of Object.values(rolePlans))
    for (const environment of ['dev', 'prod'] as const)
      if (names?.[environment] === name) return `${hosts[environment]}${domain}`;
  return name;
}

/** Major of PostgreSQL and version of glibc's collations in a release of Fedora. */
export function databaseOf(fedora: number): { readonly major: number; readonly collation: string } {
  if (fedora >= 43) return { major: 18, collation: '2.42' };
  return fedora >= 41 ? { major: 16, collation: '2.40' } : { major: 15, collation: '2.38' };
}

/** Revisions of coprdb's schema, the oldest first, as versions of copr-frontend brought them. */
export const schemas: readonly string[] = ['06b208e317a3', 'bb52d9f878f5'];

/** The revision that a version of copr-frontend needs. */
export function schemaOfPackage(version: string): string {
  return schemas[version.startsWith('2.3-') ? 0 : 1] as string;
}

/** Version and release of a role's package, as it would be built for a release of Fedora. */
export function packageVersion(
  name: string,
  { fedora, environment }: Pick<HostState, 'fedora' | 'environment'>,
): string {
  const dist = `fc${fedora}`;
  // dev has every release at once; an old Fedora's prod stays at the one that it was last updated to.
  const frontend = environment === 'prod' && fedora < 43 ? '2.3-2' : '2.4-1';
  const versions: Record<string, string> = {
    'copr-frontend': frontend,
    'copr-frontend-fedora': frontend,
    'copr-backend': '2.13-1',
    'copr-dist-git': '1.6-1',
    'copr-keygen': '2.0-3',
    'postgresql-server': `${databaseOf(fedora).major}.1-2`,
    'postgresql-upgrade': `${databaseOf(fedora).major}.1-2`,
    'obs-signd': '2.7.1-8',
    lighttpd: '1.4.79-2',
    httpd: '2.4.65-1',
    mdadm: '4.3-8',
    lvm2: '2.03.30-3',
    'resalloc-server': '5.9-1',
  };
  return `${versions[name] ?? '1.0-1'}.${dist}`;
}
