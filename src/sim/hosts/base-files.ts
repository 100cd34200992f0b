import { apiLogins, coprConfigOf, netrcOf } from './api-login.ts';
import type { BaseFiles } from './host-files.ts';
import type { HostState } from './host-state.ts';
import { rolePlans } from './roles.ts';

type Files = Record<string, { text: string; mode?: number }>;

/** The files of a host as it was born: by its role, environment and first release of Fedora. */
export function baseFilesOf(host: HostState): BaseFiles {
  const files: Files = {
    '/etc/hostname': { text: `${host.name}\n` },
    '/etc/os-release': {
      text: `NAME="Fedora Linux"\nVERSION="${host.fedora} (Cloud Edition)"\nID=fedora\nVERSION_ID=${host.fedora}\nPRETTY_NAME="Fedora Linux ${host.fedora} (Cloud Edition)"\n`,
    },
    '/etc/fedora-release': { text: `Fedora release ${host.fedora}\n` },
    '/etc/ssh/ssh_host_ed25519_key.pub': { text: `${host.publicKey}\n` },
    '/etc/fstab': { text: 'UUID=9a3c0e5d-77b1-4f5e-8a60-2f9b1c7d4e11 / ext4 defaults 1 1\n' },
    '/root/.ssh/authorized_keys': { text: '', mode: 0o600 },
    '/etc/cron.d/0hourly': { text: '01 * * * * root run-parts /etc/cron.hourly\n' },
    '/run/udev/rules.d/.keep': { text: '' },
    '/tmp/.keep': { text: '' },
    '/var/lib/.keep': { text: '' },
    '/usr/lib/udev/rules.d/64-md-raid-assembly.rules': { text: '# assembles arrays when their members appear\n' },
    '/usr/lib/udev/rules.d/65-md-incremental.rules': { text: '# assembles arrays when their members appear\n' },
  };
  if (host.id === 'batcave01') batcave(files);
  // A new instance has what its image has; the playbook brings the rest.
  else if (host.seeded) Object.assign(files, roleFiles(host));
  return files;
}

function batcave(files: Files): void {
  files['/srv/web/infra/ansible/README'] = { text: 'Fedora Infrastructure ansible\n' };
  files['/srv/web/infra/ansible/.git/HEAD'] = { text: 'ref: refs/heads/main\n' };
  files['/srv/git/dns/HEAD'] = { text: 'ref: refs/heads/master\n' };
  files['/srv/git/dns/refs/heads/.keep'] = { text: '' };
  files['/srv/web/infra/bigfiles/certificates/README'] = { text: 'live certificates, by host\n' };
  for (const environment of ['dev', 'prod'] as const) {
    const { hosts, names } = rolePlans.frontend;
    const name = names?.[environment] ?? '';
    files[`/home/ferry/${hosts[environment]}.netrc`] = { text: netrcOf(name, apiLogins[environment]), mode: 0o600 };
    files[`/home/ferry/${environment === 'dev' ? 'copr-dev' : 'copr'}.conf`] = {
      text: coprConfigOf(`https://${name}`, apiLogins[environment]),
      mode: 0o600,
    };
  }
}

/** What a role's playbook has written on a host. */
export function roleFiles(host: HostState): Files {
  const { role, environment = 'dev' } = host;
  if (role === undefined) return {};
  const plan = rolePlans[role];
  const name = plan.names?.[environment];
  const options = plan.nofail ? 'defaults,noatime,nofail' : 'defaults,noatime';
  const files: Files = {
    '/etc/fstab': {
      text: [
        'UUID=9a3c0e5d-77b1-4f5e-8a60-2f9b1c7d4e11 / ext4 defaults 1 1',
        ...plan.mounts.map(({ target, bind }) =>
          bind === undefined ? `LABEL=${plan.label} ${target} ext4 ${options} 0 0` : `${bind} ${target} none bind 0 0`,
        ),
        '',
      ].join('\n'),
    },
  };
  if (name !== undefined) files[`/etc/letsencrypt/live/${name}/cert.pem`] = { text: certificate(name) };
  if (role === 'frontend') frontend(files, environment);
  if (role === 'backend') backend(files, host);
  if (role === 'distgit') {
    for (let nth = 0; nth < 12; nth += 1)
      files[`/var/cache/cgit/${(nth * 0x1f35).toString(16).padStart(8, '0')}`] = { text: 'cached page\n' };
    files['/etc/dist-git/dist-git.conf'] = { text: '[dist-git]\n' };
  }
  if (role === 'keygen') files['/etc/cron.hourly/copr-keygen-backup'] = { text: '#!/bin/sh\n', mode: 0o755 };
  return files;
}

function frontend(files: Files, environment: string): void {
  files['/usr/local/bin/backup-database'] = { text: '#!/bin/sh\n/usr/bin/backup-database "$@"\n', mode: 0o755 };
  if (environment === 'prod')
    files['/etc/cron.d/cron-backup-database-coprdb'] = {
      text: '30 2 * * * postgres /usr/local/bin/backup-database coprdb\n',
    };
  files['/usr/share/copr/coprs_frontend/alembic.ini'] = { text: '[alembic]\nscript_location = alembic\n' };
  files['/etc/copr/copr.conf'] = { text: 'SQLALCHEMY_DATABASE_URI = "postgresql:///coprdb"\n' };
  for (const file of ['openid_store/nonces/1', 'openid_store/associations/a', 'whooshee/marker', 'secret'])
    files[`/var/lib/copr/data/${file}`] = { text: `${file}\n` };
  files['/var/lib/valkey/dump.rdb'] = { text: 'REDIS0011\n' };
  files['/var/www/html/db_dumps/coprdb-2026-11-22.gz.xz'] = { text: 'xz of yesterday\n' };
}

function backend(files: Files, host: HostState): void {
  const max = host.environment === 'prod' ? [60, 40, 20] : [8, 3, 2];
  const pools = ['copr_hv_x86_64_01', 'aws_x86_64_spot', 'aws_aarch64_spot'];
  files['/etc/resallocserver/pools.yaml'] = {
    text: `---\n# Managed by ansible (roles/copr/backend)\n${pools
      .map(
        (pool, nth) =>
          `${pool}_${host.environment}:\n    # sized by hand, see the wiki\n    max: ${max[nth]}\n    max_starting: ${nth + 1}\n    max_prealloc: 1\n    tags:\n        - copr_builder\n        - arch_x86_64\n    cmd_new: "copr-resalloc-new ${pool}"\n    cmd_delete: "copr-resalloc-delete"\n`,
      )
      .join('\n')}`,
  };
  files['/usr/lib/python3.13/site-packages/copr_backend/pulp.py'] = {
    text: '# Pulp client\nRETRIES = 3\n',
  };
  files['/etc/copr/copr-be.conf'] = {
    text: '[backend]\nresults_baseurl=https://download.copr.fedorainfracloud.org/results\n',
  };
}

/** A certificate as the pretend `openssl` reads it: facts in the clear, where a real one has them encoded. */
export function certificate(name: string): string {
  const serial = [...name].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 0xffff_ffff, 7);
  return [
    '-----BEGIN CERTIFICATE-----',
    `subject=CN=${name}`,
    `subjectAltName=DNS:${name}`,
    `issuer=C=US, O=Let's Encrypt, CN=R11`,
    `serial=04${serial.toString(16).toUpperCase().padStart(16, 'A')}`,
    `notBefore=${inDays(-22)}`,
    `notAfter=${inDays(68)}`,
    '-----END CERTIFICATE-----',
    '',
  ].join('\n');
}

/** A date from today, as openssl writes it: "Nov  1 06:12:40 2026 GMT". */
function inDays(days: number): string {
  const at = new Date(Date.now() + days * 86_400_000);
  const [, day = '', month = '', year = ''] = /^\w+, (\d+) (\w+) (\d+)/.exec(at.toUTCString()) ?? [];
  return `${month} ${String(Number(day)).padStart(2)} 06:12:40 ${year} GMT`;
}
