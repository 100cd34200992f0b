import { roleFiles } from '../base-files.ts';
import { migrateByPlay } from '../commands/alembic.ts';
import { mountAt } from '../commands/mounts.ts';
import { install } from '../commands/system.ts';
import { nftablesFile } from '../packet-filter.ts';
import { baseUnits, packageVersion, type RolePlan, type UnitPlan } from '../roles.ts';
import { setEnabled, startUnit, stopUnit } from '../units.ts';
import type { VirtualHost } from '../virtual-host.ts';
import { isTrue, type Vars } from './inventory-view.ts';

export interface Play {
  readonly target: VirtualHost;
  readonly batcave: VirtualHost;
  /** As the inventory names the host. */
  readonly name: string;
  readonly plan: RolePlan;
  readonly vars: Vars;
  readonly check: boolean;
  /** Takes what `--diff` shows. */
  readonly diff: string[];
}

export type Done = 'ok' | 'changed' | 'skipping' | { readonly fatal: string };

export interface Task {
  readonly role: string;
  readonly name: string;
  readonly tags: readonly string[];
  /** Share of the play's time. */
  readonly weight: number;
  readonly act: (play: Play) => Promise<Done>;
}

const task = (role: string, name: string, weight: number, act: Task['act'], tags: readonly string[] = []): Task => ({
  role,
  name,
  weight,
  act,
  tags,
});

/** A file as a template writes it; what differs is shown. */
async function put({ target, check, diff }: Play, path: string, text: string): Promise<Done> {
  const before = await target.fs.readFile(path).catch(() => undefined);
  if (before === text) return 'ok';
  diff.push(`--- before: ${path}`, `+++ after: ${path}`);
  const old = (before ?? '').split('\n');
  const now = text.split('\n');
  diff.push(
    ...old.filter(line => !now.includes(line)).map(line => `-${line}`),
    ...now.filter(line => !old.includes(line)).map(line => `+${line}`),
    '',
  );
  if (check) return 'changed';
  await target.fs.writeFile(path, text);
  target.effect('file-written', { path });
  return 'changed';
}

const lines = (value: unknown): string => (Array.isArray(value) ? value.map(one => `${String(one)}\n`).join('') : '');

async function bring(play: Play, unit: UnitPlan, on: boolean): Promise<Done> {
  const { target, check } = play;
  const state = target.state.units[unit.name];
  if (state === undefined) return 'skipping';
  // A masked unit is left alone.
  if (state.enabled === 'masked') return 'ok';
  const right = state.active === on && (state.enabled === 'enabled') === on;
  if (right || check) return right ? 'ok' : 'changed';
  setEnabled(target, unit.name, on ? 'enabled' : 'disabled');
  const why = on ? await startUnit(target, unit.name) : await stopUnit(target, unit.name);
  return why === undefined ? 'changed' : { fatal: `Unable to start service ${unit.name}: ${why}` };
}

const base: readonly Task[] = [
  task('base', 'sign the host keys', 3, async ({ target, vars, check }) => {
    if (target.state.provisioned) return 'ok';
    if (!isTrue(vars.birthday))
      return { fatal: 'host key not signed: this host is new, set birthday=yes in the inventory' };
    if (check) return 'changed';
    target.effect('host-keys-signed', {});
    return 'changed';
  }),
  task('base', "install root's authorized keys", 1, async ({ target, check }) => {
    if (target.state.rootLogin) return 'ok';
    if (!check) {
      target.state.rootLogin = true;
      target.state.botKey = true;
      target.effect('root-login-allowed', {});
    }
    return 'changed';
  }),
  task(
    'base',
    'update all packages',
    14,
    async ({ target, check }) => {
      if (target.state.packages['fedora-updates'] !== undefined) return 'ok';
      if (!check) {
        target.state.packages['fedora-updates'] = packageVersion('fedora-updates', target.state);
        target.effect('packages-updated', {});
      }
      return 'changed';
    },
    ['packages'],
  ),
  task('base', 'iptables rules', 2, play => put(play, '/etc/sysconfig/iptables', lines(play.vars.custom_rules)), [
    'iptables',
    'config',
  ]),
  task('base', 'nftables rules', 2, play => put(play, nftablesFile, lines(play.vars.nft_custom_rules)), [
    'iptables',
    'config',
  ]),
  task('base', 'start and enable crond and the timers', 1, async play => {
    const { target, check } = play;
    if (!check) install(target, 'cronie');
    let done: Done = 'ok';
    for (const unit of [...play.plan.units, ...baseUnits].filter(one => /^crond\.|\.timer$/.test(one.name)))
      if ((await bring(play, unit, true)) === 'changed') done = 'changed';
    return done;
  }),
  task('base', 'the host is set up', 1, async ({ target, check }) => {
    if (target.state.provisioned) return 'ok';
    if (!check) {
      target.state.provisioned = true;
      target.effect('base-passed', {});
    }
    return 'changed';
  }),
  task('swap', 'write the swap file', 10, async ({ target, check }) => {
    if (target.state.swap !== '') return 'ok';
    if (!check) {
      target.state.swap = '/swap';
      target.effect('swap-on', { path: '/swap' });
    }
    return 'changed';
  }),
];

async function certificate({ target, batcave, plan, check }: Play, fetch: boolean): Promise<Done> {
  const host = plan.names?.[target.state.environment ?? 'dev'];
  if (host === undefined) return 'skipping';
  const here = `/etc/letsencrypt/live/${host}/cert.pem`;
  const there = `/srv/web/infra/bigfiles/certificates/${host}.pem`;
  const [from, to, at, into] = fetch ? [target, batcave, here, there] : [batcave, target, there, here];
  const text = await from.fs.readFile(at).catch(() => undefined);
  const old = await to.fs.readFile(into).catch(() => undefined);
  if (text === undefined || (!fetch && old !== undefined)) return 'skipping';
  if (old === text) return 'ok';
  if (!check) {
    await to.fs.writeFile(into, text);
    to.effect('certificate-copied', { host });
    await to.keep();
  }
  return 'changed';
}

function config({ plan, vars }: Play): readonly (readonly [path: string, text: string])[] {
  const ips = lines(vars.copr_backend_ips).trim().split('\n');
  switch (plan.role) {
    case 'frontend':
      return [
        [
          '/etc/copr/copr.conf',
          `SQLALCHEMY_DATABASE_URI = "postgresql:///coprdb"\nINTRANET_IPS = ${JSON.stringify(ips)}\n`,
        ],
      ];
    case 'backend':
      return [
        ['/etc/sign.conf', `server: ${String(vars.keygen_host ?? '')}\nport: 5167\nallow-unprivileged-ports: true\n`],
      ];
    case 'keygen':
      return [
        [
          '/etc/sign.conf',
          `server: 127.0.0.1\nallow: ${ips.join(' ')} 127.0.0.1\nphrases: /var/lib/copr-keygen/phrases\n`,
        ],
      ];
    case 'distgit':
      return [
        ['/etc/copr/copr-dist-git.conf', `[dist-git]\nfrontend_base_url=${String(vars.frontend_base_url ?? '')}\n`],
      ];
  }
}

/** All tasks of a role's playbook in their order. */
export function tasksOf(plan: RolePlan): readonly Task[] {
  const role = plan.role === 'distgit' ? 'copr/dist_git' : `copr/${plan.role}`;
  const list: Task[] = [...base];
  if (plan.role !== 'keygen') {
    list.push(
      task('copr/certbot', 'copy the live certificate to batcave', 2, play => certificate(play, true), ['certbot']),
    );
    list.push(task('copr/certbot', 'install the saved certificate', 1, play => certificate(play, false)));
  }
  const mount = task(role, 'mount the data volume', 2, play => mountData(play));
  // The frontend's role begins with it: a play that stops there has installed nothing of Copr.
  if (plan.role === 'frontend') list.push(mount);
  list.push(
    task(
      role,
      'install packages',
      10,
      async ({ target, check }) => {
        const missing = plan.packages.filter(name => target.state.packages[name] === undefined);
        if (missing.length === 0 || check) return missing.length === 0 ? 'ok' : 'changed';
        for (const name of missing) install(target, name);
        target.effect('packages-installed', { packages: missing });
        return 'changed';
      },
      ['packages'],
    ),
    task(
      role,
      'install copr configs',
      1,
      async play => {
        let done: Done = 'ok';
        for (const [path, text] of config(play)) if ((await put(play, path, text)) === 'changed') done = 'changed';
        return done;
      },
      ['config', 'copr_infrastructure_password'],
    ),
    task(
      role,
      'configuration files',
      2,
      async play => {
        let done: Done = 'ok';
        for (const [path, { text, mode }] of Object.entries(roleFiles({ ...play.target.state, seeded: false }))) {
          if (path.startsWith('/etc/letsencrypt') || !/^\/(?:etc\/(?!fstab|copr\/copr\.conf)|usr\/local)/.test(path))
            continue;
          if (await play.target.fs.exists(path)) continue;
          if (!play.check) play.target.fs.writeFileSync(path, text, undefined, { mode: mode ?? 0o644 });
          done = 'changed';
        }
        return done;
      },
      ['config'],
    ),
  );
  if (plan.role !== 'frontend') list.push(mount);
  if (plan.role === 'frontend')
    list.push(task(role, 'upgrade db to head', 4, async ({ target, check }) => migrateByPlay(target, check)));
  for (const unit of plan.units.filter(one => !/^crond\.|\.timer$/.test(one.name) || one.name === 'logrotate.timer')) {
    if (unit.partOf !== undefined) continue;
    const at =
      unit.name === 'postgresql.service' ? list.findIndex(one => one.name === 'upgrade db to head') : list.length;
    list.splice(
      at,
      0,
      task(role, `start and enable ${unit.name}`, 2, play =>
        bring(play, unit, unit.ignoresDisabled === true || !isTrue(play.vars.services_disabled)),
      ),
    );
  }
  return list;
}

async function mountData(play: Play): Promise<Done> {
  const { target, plan, check } = play;
  const options = plan.nofail ? ['defaults', 'noatime', 'nofail'] : ['defaults', 'noatime'];
  let done: Done = 'ok';
  for (const { target: path, bind } of plan.mounts) {
    const line =
      bind === undefined
        ? `LABEL=${plan.label} ${path} ext4 ${options.join(',')} 0 0`
        : `${bind} ${path} none bind 0 0`;
    const text = await target.fs.readFile('/etc/fstab').catch(() => '');
    if (!text.split('\n').some(one => one.split(/\s+/)[1] === path)) {
      if (!check) await target.fs.writeFile('/etc/fstab', `${text}${line}\n`);
      done = 'changed';
    }
    if (target.state.mounts.some(one => one.target === path)) continue;
    done = 'changed';
    if (check) continue;
    const why = await mountAt(target, bind ?? `LABEL=${plan.label}`, path, bind === undefined ? options : ['bind']);
    if (why !== undefined) return { fatal: `Error mounting ${path}: ${why}` };
  }
  return done;
}
