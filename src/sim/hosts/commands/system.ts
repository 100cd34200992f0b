import { parse } from 'yaml';
import { done, exec, failed, type HostCommand, has, outcomeOf, split, userOf } from '../call.ts';
import { hotFixed } from '../hot-fix.ts';
import { listRuleset } from '../packet-filter.ts';
import { packageVersion, rolePlans } from '../roles.ts';
import type { VirtualHost } from '../virtual-host.ts';
import { migrationsFolder } from './alembic.ts';

export const hostname: HostCommand = ({ host }) => done(host.state.name);
export const uname: HostCommand = ({ host, args }) => {
  const release = host.state.fedora >= 43 ? '6.17.5-300.fc43.x86_64' : `6.11.4-301.fc${host.state.fedora}.x86_64`;
  if (has(args, '-a')) return done(`Linux ${host.state.name} ${release} x86_64 GNU/Linux`);
  return done(has(args, '-r') ? release : has(args, '-m') ? 'x86_64' : has(args, '-n') ? host.state.name : 'Linux');
};
export const uptime: HostCommand = ({ host, args }) =>
  done(
    args.includes('-s')
      ? new Date(host.state.bootedAt).toISOString().replace('T', ' ').slice(0, 19)
      : 'up 12 days, load average: 0.18, 0.22, 0.20',
  );
export const udevadm: HostCommand = async ({ host, session }) => {
  await host.wait(500, session);
  return done();
};
export const journalctl: HostCommand = ({ host, args }) => {
  const { values } = split(args, ['-u', '--unit', '-n', '--lines', '-o', '--since']);
  const unit = values.get('-u') ?? values.get('--unit') ?? 'systemd';
  const state = host.state.units[unit.includes('.') ? unit : `${unit}.service`];
  const said =
    state?.failed === true
      ? 'Failed with result exit-code.'
      : state?.active === true
        ? 'Started.'
        : 'Deactivated successfully.';
  return done(`Nov 23 05:00:00 ${host.state.name} systemd[1]: ${unit}: ${said}`);
};

/** Power: the answer is still sent, then the host goes. */
export const shutdown: HostCommand = ({ host, args }) => {
  host.neighbours.power(host, has(args, '-r', '--reboot') ? 'reboot' : 'off');
  return done();
};
export const reboot: HostCommand = ({ host }) => {
  host.neighbours.power(host, 'reboot');
  return done();
};
export const poweroff: HostCommand = ({ host }) => {
  host.neighbours.power(host, 'off');
  return done();
};

export const swapon: HostCommand = async ({ host, args }) => {
  const { swap } = host.state;
  if (has(args, '--show', '-s')) {
    const head = args.includes('--noheadings') ? '' : 'NAME TYPE SIZE USED PRIO\n';
    return done(swap === '' ? '' : `${head}${swap} file 16G 0B -2`);
  }
  const path = args.find(word => word.startsWith('/')) ?? '/swapfile';
  if (!(await host.fs.exists(path))) return failed(`swapon: cannot open ${path}: No such file or directory`);
  if (swap === path) return failed(`swapon: ${path}: swapon failed: Device or resource busy`);
  host.state.swap = path;
  host.effect('swap-on', { path });
  return done();
};
export const mkswap: HostCommand = () => done('Setting up swapspace version 1');
export const dd: HostCommand = async ({ host, args, session }) => {
  const target = args.find(word => word.startsWith('of='))?.slice(3);
  await host.wait(90_000, session);
  if (target !== undefined) await host.fs.writeFile(target, '');
  return done();
};
export const fallocate: HostCommand = async ({ host, args }) => {
  await host.fs.writeFile(args.at(-1) ?? '/swapfile', '');
  return done();
};

export const ip: HostCommand = ({ host, args }) => {
  const instance = host.kernel.state.instances[host.id];
  const four = instance?.PrivateIpAddress ?? '10.3.163.35';
  const six = host.state.ipv6;
  if (args.includes('route')) return done('default via 172.30.2.1 dev ens5 proto dhcp');
  if (has(args, '-j', '-json')) {
    const info = [
      ...(args.includes('-6') ? [] : [{ family: 'inet', local: four, prefixlen: 24, scope: 'global' }]),
      ...(args.includes('-4') ? [] : six.map(local => ({ family: 'inet6', local, prefixlen: 128, scope: 'global' }))),
    ];
    return done(JSON.stringify([{ ifindex: 2, ifname: 'ens5', operstate: 'UP', addr_info: info }]));
  }
  const lines = [
    ...(args.includes('-6') ? [] : [`    inet ${four}/24 brd 172.30.2.255 scope global dynamic ens5`]),
    ...(args.includes('-4') ? [] : six.map(one => `    inet6 ${one}/128 scope global dynamic noprefixroute `)),
  ];
  if (has(args, '-o')) return done(lines.map(line => `2: ens5 ${line.trim()}`).join('\n'));
  return done(['2: ens5: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 9001 state UP qlen 1000', ...lines].join('\n'));
};

/** Brings the connection up again: the host then has the addresses that its interface has. */
export const nmcli: HostCommand = async ({ host, args, session }) => {
  if (args.some(word => ['up', 'reapply', 'reload'].includes(word))) {
    await host.wait(2_000, session);
    const addresses = host.kernel.state.instances[host.id]?.NetworkInterfaces[0]?.Ipv6Addresses ?? [];
    host.state.ipv6 = addresses.map(one => one.Ipv6Address);
    host.effect('connection-up', { ipv6: host.state.ipv6 });
    return done('Connection successfully activated');
  }
  return done(has(args, '-t') ? 'cloud-init ens5:ens5' : 'NAME  DEVICE\ncloud-init ens5  ens5');
};

export const rpm: HostCommand = async ({ host, args }) => {
  const { flags, values, operands } = split(args, ['--qf', '--queryformat']);
  const { packages } = host.state;
  if (has(flags, '-V')) {
    const lines = (await modified(host)).filter(line => !args.includes('--noconfig') || !/ c /.test(line));
    return lines.length === 0 ? done() : failed('', 1, lines.join('\n'));
  }
  if (!has(flags, '-q')) return failed('rpm: only queries are known here');
  if (has(flags, '-f'))
    return done(
      operands
        .map(path =>
          path.includes('copr_backend')
            ? `copr-backend-${packages['copr-backend']}.noarch`
            : 'filesystem-3.18-36.x86_64',
        )
        .join('\n'),
    );
  const names = has(flags, '-a') ? Object.keys(packages).sort() : operands;
  const format = values.get('--qf') ?? values.get('--queryformat');
  const lines = names.map(name => {
    const version = packages[name];
    if (version === undefined) return `package ${name} is not installed`;
    const [, number = version, release = ''] = /^(.*)-([^-]+)$/.exec(version) ?? [];
    return format === undefined
      ? `${name}-${version}.noarch`
      : format
          .replaceAll('%{NAME}', name)
          .replaceAll('%{VERSION}', number)
          .replaceAll('%{RELEASE}', release)
          .replaceAll('\\n', '\n')
          .trimEnd();
  });
  const code = names.filter(name => packages[name] === undefined).length;
  return { code, out: lines.length === 0 ? '' : `${lines.join('\n')}\n`, err: '' };
};

/** Files that differ from their package: the hot-fix, and the configuration that playbooks write. */
async function modified(host: VirtualHost): Promise<readonly string[]> {
  const lines = host.state.provisioned
    ? ['S.5....T.  c /etc/ssh/sshd_config', '.M.......    /boot/efi/EFI/fedora']
    : [];
  const pulp = await host.fs.readFile(hotFixed).catch(() => '');
  if (pulp.includes('by hand')) lines.push(`S.5....T.    ${hotFixed}`);
  return lines;
}

/** update and install, with their time. */
export const dnf: HostCommand = async ({ host, args, session }) => {
  const { operands } = split(args, ['--enablerepo', '--disablerepo', '--setopt', '--releasever', '-x', '--exclude']);
  const [verb, ...names] = operands;
  if (verb === 'update' || verb === 'upgrade') {
    await host.wait(150_000, session);
    host.state.packages['fedora-updates'] = `${host.state.fedora}-1.fc${host.state.fedora}`;
    host.effect('packages-updated', {});
    return done('Complete!');
  }
  if (verb === 'install') {
    await host.wait(40_000, session);
    const news = names.filter(name => host.state.packages[name] === undefined);
    for (const name of news) install(host, name);
    if (news.length > 0) host.effect('packages-installed', { packages: news });
    return done(news.length === 0 ? 'Nothing to do.' : 'Complete!');
  }
  return verb === 'check-update' || verb === 'makecache' ? done() : failed(`dnf: ${verb ?? ''} is not known here`);
};

/** Puts a package on the host, with the units that it brings. */
export function install(host: VirtualHost, name: string): void {
  host.state.packages[name] = packageVersion(name, host.state);
  if (name === 'copr-frontend') host.fs.mkdirSync(migrationsFolder, { recursive: true });
  const brings: Record<string, readonly string[]> = {
    cronie: ['crond.service'],
    httpd: ['httpd.service'],
    lighttpd: ['lighttpd.service'],
    'resalloc-server': ['resalloc.service'],
    'postgresql-server': ['postgresql.service'],
    valkey: ['valkey.service'],
    'obs-signd': host.state.role === 'keygen' ? ['signd.service'] : [],
    'copr-dist-git': ['copr-dist-git.service'],
    'dist-git': ['dist-git.socket'],
    'copr-frontend': ['fm-consumer@copr_messaging.service'],
    'copr-backend': rolePlans.backend.units
      .map(unit => unit.name)
      .filter(unit => /^copr-backend|^logrotate/.test(unit)),
  };
  for (const unit of brings[name] ?? []) host.state.units[unit] ??= { active: false, enabled: 'disabled' };
}

export const openssl: HostCommand = async ({ host, args }) => {
  const { flags, values } = split(args, ['-in', '-ext']);
  const text = await host.fs.readFile(values.get('-in') ?? '').catch(() => undefined);
  if (text === undefined) return failed(`Could not open file or uri for loading certificate from ${values.get('-in')}`);
  const wanted = flags.flatMap(
    flag =>
      ({
        '-serial': ['serial'],
        '-enddate': ['notAfter'],
        '-startdate': ['notBefore'],
        '-dates': ['notBefore', 'notAfter'],
        '-subject': ['subject'],
        '-issuer': ['issuer'],
      })[flag] ?? [],
  );
  const lines = text.split('\n').filter(line => wanted.includes(line.split('=')[0] ?? ''));
  const [, names] = values.get('-ext') === 'subjectAltName' ? (/^subjectAltName=(.*)$/m.exec(text) ?? []) : [];
  return done(
    [...lines, ...(names === undefined ? [] : ['X509v3 Subject Alternative Name: ', `    ${names}`])].join('\n'),
  );
};

export const getent: HostCommand = ({ host, args }) => {
  const found = host.neighbours.resolve(args[1] ?? '');
  if (args[0] === 'passwd') return done(`${args[1]}:x:1000:1000::/home/${args[1]}:/bin/bash`);
  const fitting = found.filter(one =>
    args[0] === 'ahostsv4' ? !one.includes(':') : args[0] === 'ahostsv6' ? one.includes(':') : true,
  );
  return fitting.length === 0
    ? failed('', 2)
    : done(fitting.map(one => `${one.padEnd(16)} STREAM ${args[1]}`).join('\n'));
};

/** Of one family where told; by IPv6 only once the host itself has the address. */
export const sshKeyscan: HostCommand = ({ host, args }) => {
  const { operands } = split(args, ['-T', '-p', '-t']);
  const six = args.includes('-6');
  const lines = operands.flatMap(name => {
    const ofFamily = host.neighbours.resolve(name).find(one => one.includes(':') === six);
    const address = six || args.includes('-4') ? (ofFamily ?? '') : name;
    const found = host.neighbours.byAddress(address);
    const sees = !address.includes(':') || found?.state.ipv6.includes(address) === true;
    return found?.state.up === true && sees ? [`${name} ${found.state.publicKey}`] : [];
  });
  return lines.length === 0 ? failed('', 1) : done(lines.join('\n'));
};

/** `nft list ruleset`. */
export const nft: HostCommand = async ({ host }) => done(await listRuleset(host));

export const xz: HostCommand = async ({ host, args }) => {
  for (const path of args.filter(word => !word.startsWith('-'))) {
    const text = await host.fs.readFile(path).catch(() => undefined);
    if (text === undefined) return failed(`xz: ${path}: No such file or directory`);
    if (text.includes('TRUNCATED')) return failed(`xz: ${path}: Unexpected end of input`);
  }
  return done();
};
/** `xzgrep -c PATTERN FILE`. */
export const xzgrep: HostCommand = async ({ host, args }) => {
  const [, pattern = '', path = ''] = args;
  const text = await host.fs.readFile(path).catch(() => undefined);
  if (text === undefined) return failed(`xz: ${path}: No such file or directory`, 2);
  const count = text.split('\n').filter(line => new RegExp(pattern).test(line)).length;
  return { code: count > 0 ? 0 : 1, out: `${count}\n`, err: '' };
};
export const xzcat: HostCommand = async ({ host, args }) => {
  const text = await host.fs.readFile(args.at(-1) ?? '').catch(() => undefined);
  return text === undefined
    ? failed(`xzcat: ${args.at(-1)}: No such file or directory`)
    : { code: 0, out: text, err: '' };
};

/** Builders that a pool may have, as /etc/resallocserver/pools.yaml says now. */
export async function poolLimits(host: VirtualHost): Promise<Record<string, { max: number; prealloc: number }>> {
  const text = await host.fs.readFile('/etc/resallocserver/pools.yaml').catch(() => '');
  const pools = (parse(text) ?? {}) as Record<string, { max?: number; max_prealloc?: number }>;
  return Object.fromEntries(
    Object.entries(pools).map(([name, pool]) => [name, { max: pool.max ?? 0, prealloc: pool.max_prealloc ?? 1 }]),
  );
}

export const env: HostCommand = async call => {
  const sets: Record<string, string> = { USER: userOf(call) };
  const words = [...call.args];
  const folder = words[0] === '-C' ? words.splice(0, 2)[1] : undefined;
  if (folder !== undefined && !(await call.host.fs.exists(folder)))
    return failed(`env: cannot change directory to '${folder}': No such file or directory`, 125);
  while (words[0] !== undefined && /^[A-Za-z_][A-Za-z0-9_]*=/.test(words[0])) {
    const [word = ''] = words.splice(0, 1);
    const at = word.indexOf('=');
    sets[word.slice(0, at)] = word.slice(at + 1);
  }
  if (words.length > 0 && !words[0]?.startsWith('-')) return exec(call, words, sets, folder);
  const result = await call.ctx.origCommand?.([...call.args]);
  return result === undefined ? done() : outcomeOf(result);
};
