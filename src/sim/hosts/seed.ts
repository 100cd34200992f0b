import { randomBytes, randomUUID } from 'node:crypto';
import ssh2 from 'ssh2';
import { seededTargets } from '../ec2/seeded-targets.ts';
import type { WorldState } from '../state.ts';
import { disks, wholeGroups } from './devices.ts';
import type { Environment, HostState, Role, SimProcess } from './host-state.ts';
import { baseUnits, domain, packageVersion, rolePlans } from './roles.ts';

/** Where the pretend batcave01 is, as the estate names it. */
export const batcaveAddress = '10.3.163.35';

/**
 * A key pair of a host: the private key in OpenSSH's form, the public line without comment. About one in a hundred that
 * ssh2 generates is one that it can't read itself: those are thrown away.
 */
export function newHostKey(): { readonly hostKey: string; readonly publicKey: string } {
  for (;;) {
    const { private: hostKey, public: line } = ssh2.utils.generateKeyPairSync('ed25519');
    if (ssh2.utils.parseKey(hostKey) instanceof Error || ssh2.utils.parseKey(line) instanceof Error) continue;
    return { hostKey, publicKey: line.trim().split(' ').slice(0, 2).join(' ') };
  }
}

function blank(id: string, name: string, fedora: number): HostState {
  const state: HostState = {
    id,
    name,
    seeded: false,
    fedora,
    ...newHostKey(),
    up: false,
    bootId: randomUUID(),
    bootedAt: Date.now(),
    botKey: false,
    rootLogin: false,
    provisioned: false,
    units: {},
    packages: {},
    mounts: [],
    processes: [],
    nextPid: 1000 + (randomBytes(1)[0] ?? 0),
    arrays: [],
    groups: [],
    nvme: {},
    files: {},
    builders: [],
    nextBuilder: 1,
    swap: '',
    ipv6: [],
  };
  for (const unit of baseUnits) state.units[unit.name] = { active: false, enabled: 'enabled' };
  return state;
}

/** A host as its instance was launched: what the image brings, nothing of a role. */
export function freshHost(world: WorldState, id: string): HostState {
  const instance = world.instances[id];
  const image = world.images[instance?.ImageId ?? '']?.Name ?? '';
  const fedora = Number(/x86_64-(\d+)/.exec(image)?.[1] ?? 43);
  const state = blank(id, `ip-${(instance?.PrivateIpAddress ?? id).replaceAll('.', '-')}`, fedora);
  const group = instance?.SecurityGroups[0]?.GroupName ?? '';
  const role = /^copr-(frontend|backend|distgit|keygen)-sg$/.exec(group)?.[1] as Role | undefined;
  const tag = instance?.Tags.find(one => one.Key === 'CoprInstance')?.Value;
  if (role !== undefined) state.role = role;
  state.environment = tag === 'production' ? 'prod' : 'dev';
  return state;
}

/** The eight old hosts as they run before any upgrade. The world must hold their instances and volumes already. */
export function seedHosts(world: WorldState): void {
  for (const target of Object.values(seededTargets)) {
    if (world.instances[target.instance] === undefined || world.hosts[target.instance] !== undefined) continue;
    world.hosts[target.instance] = oldHost(world, target.instance, target.role, target.environment);
  }
  if (world.hosts.batcave01 === undefined) {
    const batcave = blank('batcave01', 'batcave01.rdu3.fedoraproject.org', 42);
    world.hosts.batcave01 = { ...batcave, seeded: true, up: true, botKey: true, rootLogin: true, provisioned: true };
  }
}

function oldHost(world: WorldState, id: string, role: Role, environment: Environment): HostState {
  const plan = rolePlans[role];
  const name = `${plan.hosts[environment]}${domain}`;
  const state = freshHost(world, id);
  const old = 47 * 24 * 3600_000;
  Object.assign(state, {
    name,
    role,
    environment,
    seeded: true,
    up: true,
    botKey: true,
    rootLogin: true,
    provisioned: true,
    swap: '/swap',
    bootedAt: Date.now() - old,
  });
  state.ipv6 = world.instances[id]?.NetworkInterfaces[0]?.Ipv6Addresses.map(one => one.Ipv6Address) ?? [];
  for (const name of [...plan.packages, 'fedora-updates']) state.packages[name] = packageVersion(name, state);
  storage(world, state);
  const process = (one: Omit<SimProcess, 'pid' | 'start' | 'startedAt'>) => {
    const pid = state.nextPid;
    state.nextPid += 7;
    state.processes.push({ ...one, pid, start: 4_000 + pid, startedAt: Date.now() - old + pid * 1000 });
  };
  for (const unit of [...baseUnits, ...plan.units]) {
    state.units[unit.name] = { active: true, enabled: 'enabled' };
    if (unit.command !== '')
      process({ user: unit.user, command: unit.command, holds: [...(unit.holds ?? [])], unit: unit.name });
  }
  if (role === 'backend') {
    backendWork(environment, process);
    const pools = ['copr_hv_x86_64_01', 'aws_x86_64_spot', 'aws_aarch64_spot'];
    for (let nth = 0; nth < (environment === 'prod' ? 41 : 7); nth += 1) {
      const number = 18_411 + nth;
      const pool = `${pools[nth % pools.length]}_${environment}`;
      state.builders.push({ id: number, pool, name: `${pool}_${String(number).padStart(8, '0')}_20261123_041500` });
      state.nextBuilder = number + 1;
    }
  }
  if (role === 'distgit')
    process({
      user: 'copr-dist-git',
      command: '/usr/bin/python3 /usr/bin/copr-distgit-process-import --daemon --task-id 9712388',
      holds: ['/var/lib/dist-git'],
      drainsAfter: { unit: 'copr-dist-git.service', lastsMs: 35_000 },
    });
  return state;
}

/** The data is mounted, over arrays and a volume group where the role has them. */
function storage(world: WorldState, state: HostState): void {
  const plan = rolePlans[state.role ?? 'keygen'];
  const attached = disks(world, state);
  const members = attached.flatMap(disk => disk.volume.Content.member?.uuid ?? []);
  state.arrays = [...new Set(members)];
  state.groups = [...wholeGroups(world, state)];
  const [group] = state.groups;
  const volume = attached.find(disk => disk.volume.Content.fileSystem !== undefined)?.volume.VolumeId;
  const on = group !== undefined ? { group } : volume !== undefined ? { volume } : undefined;
  if (on === undefined) return;
  state.mounts = plan.mounts.map(({ target, bind }) => ({
    target,
    on,
    options: bind === undefined ? 'rw,noatime,seclabel' : 'rw,noatime,seclabel,bind',
    ...(bind === undefined ? {} : { bind }),
  }));
  const data = volume === undefined ? undefined : world.volumes[volume]?.Content.fileSystem?.data;
  if (state.role === 'frontend' && data?.postgresMajor !== undefined)
    state.files['/var/lib/pgsql/data/PG_VERSION'] = { text: `${data.postgresMajor}\n`, mode: 0o600 };
}

/** What goes on a backend beside its units: builds, an action, and prunerepo, which cron starts now and then. */
function backendWork(
  environment: Environment,
  process: (one: Omit<SimProcess, 'pid' | 'start' | 'startedAt'>) => void,
): void {
  const holds = ['/var/lib/copr/public_html'];
  const builds = environment === 'prod' ? [9_712_341, 9_712_343, 9_712_344] : [214_871, 214_876];
  for (const build of builds)
    process({
      user: 'copr',
      command: `/usr/bin/python3 /usr/bin/copr-backend-process-build --daemon --build-id ${build}`,
      holds,
    });
  process({
    user: 'copr',
    command: '/usr/bin/python3 /usr/bin/copr-backend-process-action --daemon --task-id 3319',
    holds,
    drainsAfter: { unit: 'copr-backend.target', lastsMs: 40_000 },
  });
  process({
    user: 'copr',
    command: '/usr/bin/python3 /usr/bin/prunerepo --verbose --days 14 /var/lib/copr/public_html/results/@copr/copr-dev',
    holds,
    drainsAfter: { unit: 'crond.service', lastsMs: 40_000 },
  });
}
