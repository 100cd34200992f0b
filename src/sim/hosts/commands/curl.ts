import { type ApiLogin, apiLogins, loginIn } from '../api-login.ts';
import { done, failed, type HostCommand, type Outcome, split } from '../call.ts';
import { fileSystemOf } from '../devices.ts';
import type { VirtualHost } from '../virtual-host.ts';
import { dnsGit } from './dns-git.ts';

const token = 'AQAEALocalPretendToken==';

/** The metadata service (version 2 only), and the pages of the pretend hosts. */
export const curl: HostCommand = async ({ host, args }) => {
  const { flags, values, operands } = split(expand(args), [
    '-X',
    '--request',
    '-H',
    '--header',
    '-o',
    '--output',
    '-w',
    '--write-out',
    '-m',
    '--max-time',
    '--connect-timeout',
    '--resolve',
    '--noproxy',
    '--netrc-file',
    '-u',
    '-A',
    '-d',
  ]);
  const url = operands[0];
  if (url === undefined) return failed('curl: (2) no URL specified', 2);
  const { hostname, pathname, protocol, port } = new URL(url);
  const headers = args.filter((_, nth) => ['-H', '--header'].includes(args[nth - 1] ?? ''));
  if (hostname === '169.254.169.254') return metadata(host, pathname, values.get('-X') ?? 'GET', headers);
  const resolved = values.get('--resolve');
  const [, pinned] = /^[^:]+:[0-9]+:(.+)$/.exec(resolved ?? '') ?? [];
  const name = pinned?.replace(/^\[|\]$/g, '') ?? hostname.replace(/^\[|\]$/g, '');
  const write = (code: number, size: number, ip: string) =>
    (values.get('-w') ?? values.get('--write-out') ?? '')
      .replaceAll(/%\{(?:http_code|response_code)\}/g, String(code).padStart(3, '0'))
      .replaceAll('%{size_download}', String(size))
      .replaceAll('%{remote_ip}', ip)
      .replaceAll('%{ssl_verify_result}', '0')
      .replaceAll('%{time_total}', '0.042')
      .replaceAll('\\n', '\n');
  const addresses = /^[0-9.]+$|:/.test(name) ? [name] : host.neighbours.resolve(name);
  const six = flags.includes('-6') || flags.includes('--ipv6');
  const four = flags.includes('-4') || flags.includes('--ipv4');
  const address = addresses.find(one => (six ? one.includes(':') : four ? !one.includes(':') : true));
  if (address === undefined)
    return { code: 6, out: write(0, 0, ''), err: `curl: (6) Could not resolve host: ${name}\n` };
  const served = /^(?:127\.|::1$)/.test(address) ? host : host.neighbours.byAddress(address);
  const netrc = values.get('--netrc-file');
  const login = netrc === undefined ? undefined : await loginIn(host, netrc, hostname);
  const answer =
    served === undefined || !reachable(served, address) ? undefined : page(served, pathname, protocol, port, login);
  if (answer === undefined)
    return { code: 7, out: write(0, 0, ''), err: `curl: (7) Failed to connect to ${hostname}\n` };
  const discard = values.get('-o') === '/dev/null' || flags.includes('-I');
  const fails = (flags.includes('-f') || flags.includes('--fail')) && answer.code >= 400;
  const out = `${discard || fails ? '' : answer.body}${write(answer.code, answer.body.length, address)}`;
  return {
    code: fails ? 22 : 0,
    out,
    err: fails ? `curl: (22) The requested URL returned error: ${answer.code}\n` : '',
  };
};

/** Single letters written together, apart. */
function expand(args: readonly string[]): readonly string[] {
  return args.flatMap(word =>
    /^-[sSfIgkL46]{2,}$/.test(word) ? [...word.slice(1)].map(letter => `-${letter}`) : [word],
  );
}

function metadata(host: VirtualHost, path: string, method: string, headers: readonly string[]): Outcome {
  const instance = host.kernel.state.instances[host.id];
  if (instance === undefined) return failed('curl: (7) Failed to connect to 169.254.169.254', 7);
  if (path === '/latest/api/token') {
    const asks = headers.some(header => /^x-aws-ec2-metadata-token-ttl-seconds:/i.test(header));
    return method === 'PUT' && asks ? { code: 0, out: token, err: '' } : failed('', 22);
  }
  if (!headers.some(header => header.toLowerCase() === `x-aws-ec2-metadata-token: ${token.toLowerCase()}`))
    return failed('', 22);
  const facts: Record<string, string> = {
    'instance-id': instance.InstanceId,
    'local-ipv4': instance.PrivateIpAddress,
    'public-ipv4': instance.PublicIpAddress ?? '',
    'instance-type': instance.InstanceType,
    'placement/availability-zone': instance.Placement.AvailabilityZone,
    'ami-id': instance.ImageId,
  };
  const fact = facts[path.replace('/latest/meta-data/', '')];
  return fact === undefined || fact === '' ? failed('', 22) : { code: 0, out: fact, err: '' };
}

/** Ids of the commits that a checkout at `head` has, newest first. */
function history(host: VirtualHost, head: string): string {
  const ids = (host.neighbours.inventory.log?.() ?? [{ id: head }]).map(commit => commit.id);
  return ids.slice(Math.max(0, ids.indexOf(head))).join('\n');
}

/** By IPv6 only once the host itself has the address. */
function reachable(host: VirtualHost, address: string): boolean {
  return host.state.up && (!address.includes(':') || host.state.ipv6.includes(address));
}

interface Page {
  readonly code: number;
  readonly body: string;
}

/** What a host answers to HTTP; undefined: nobody listens. */
function page(
  host: VirtualHost,
  path: string,
  protocol: string,
  port: string,
  login?: Omit<ApiLogin, 'user'>,
): Page | undefined {
  const active = (unit: string) => host.state.units[unit]?.active === true;
  const dataAt = (target: string) => {
    const mount = host.state.mounts.find(one => one.target === target);
    return mount === undefined ? undefined : fileSystemOf(host.kernel.state, mount.on)?.data;
  };
  switch (host.state.role) {
    case 'frontend': {
      if (!active('httpd.service')) return undefined;
      const data = dataAt('/srv/copr-fe');
      if (!active('postgresql.service') || data === undefined) return { code: 500, body: 'Internal Server Error\n' };
      if (path === '/api_3/auth-check') return authCheck(host, login);
      if (path.startsWith('/api_3/'))
        return {
          code: 200,
          body: `${JSON.stringify({ items: [], meta: { highest_build: data.highestBuild, projects: data.projects } })}\n`,
        };
      return { code: 200, body: '<html><title>Copr</title></html>\n' };
    }
    case 'backend': {
      if (!active('lighttpd.service')) return undefined;
      const data = dataAt('/var/lib/copr/public_html');
      if (data?.projects === undefined) return { code: 404, body: 'Not Found\n' };
      if (path.endsWith('/repomd.xml'))
        return { code: 200, body: `<repomd><revision>${data.projects}</revision></repomd>\n` };
      return { code: 200, body: '<html>results</html>\n' };
    }
    case 'distgit': {
      if (!active('httpd.service')) return undefined;
      return dataAt('/var/lib/dist-git') === undefined
        ? { code: 404, body: 'Not Found\n' }
        : { code: 200, body: '<html>cgit</html>\n' };
    }
    case 'keygen':
      return active('httpd.service') && protocol === 'http:' && port === '' ? { code: 200, body: 'pong\n' } : undefined;
    default:
      return undefined;
  }
}

/** Who an API login and token belong to. */
function authCheck({ state }: VirtualHost, given: Omit<ApiLogin, 'user'> | undefined): Page {
  const { login, token, user } = apiLogins[state.environment ?? 'dev'];
  if (given?.login !== login || given.token !== token)
    return {
      code: 401,
      body: `${JSON.stringify({ error: 'Login invalid/expired. Please visit /api to get or renew your API token.' })}\n`,
    };
  return { code: 200, body: `${JSON.stringify({ id: 4242, name: user })}\n` };
}

/** Where the pretend projects' branches end; the example estate names them. */
const lastCommits = {
  dev: '51ad9c7491d4b8dc199b975e78b35edcb8bdeb46',
  prod: 'fc28977819b2ae58b04f81dceafd416a9dd3e9f6',
} as const;

/** clone, ls-remote from a dist-git, the checkout's reading subcommands on batcave01, and the dns repository there. */
export const git: HostCommand = async call => {
  const { host, session } = call;
  const words = [...call.args];
  const settings: Record<string, string> = {};
  while (words[0] === '-c') {
    const [name = '', value = ''] = (words.splice(0, 2)[1] ?? '').split(/=(.*)/s);
    settings[name] = value;
  }
  const folder = words[0] === '-C' ? (words.splice(0, 2)[1] ?? '') : call.ctx.cwd;
  const ofDns = await dnsGit(call, folder, settings, words);
  if (ofDns !== undefined) return ofDns;
  const [verb, ...rest] = words;
  if (verb === 'clone' || verb === 'ls-remote') {
    const url = rest.find(word => /^https?:|^git:/.test(word)) ?? '';
    const served = url === '' ? undefined : host.neighbours.byAddress(new URL(url).hostname);
    const answer = served?.state.role === 'distgit' && served.state.up ? page(served, '/', 'https:', '') : undefined;
    await host.wait(1_500, session);
    if (answer?.code !== 200)
      return failed(`fatal: unable to access '${url}': The requested URL returned error: ${answer?.code ?? 7}`, 128);
    if (verb === 'ls-remote') return done(`${lastCommits[served?.state.environment ?? 'dev']}\tHEAD`);
    const into =
      rest.at(-1) === url ? (url.split('/').at(-1) ?? 'clone').replace(/\.git$/, '') : (rest.at(-1) ?? 'clone');
    await host.fs.mkdir(host.fs.resolvePath(folder, into), { recursive: true });
    return done();
  }
  if (host.state.id !== 'batcave01' || !folder.startsWith('/srv/web/infra/ansible'))
    return failed(`fatal: not a git repository: ${folder}`, 128);
  const head = (await host.fs.readFile('/srv/web/infra/ansible/.git/ferry-head').catch(() => '')).trim();
  switch (verb) {
    case 'pull':
    case 'fetch':
      await host.wait(1_500, session);
      await host.neighbours.updateCheckout();
      return done('Already up to date.');
    case 'rev-parse':
      return done(
        rest.includes('--show-toplevel') ? '/srv/web/infra/ansible' : rest.includes('--abbrev-ref') ? 'main' : head,
      );
    case 'log':
    case 'show':
      return done(rest.some(word => word.includes('%H')) ? history(host, head) : `${head.slice(0, 9)} head`);
    case 'status':
      return done(rest.includes('--porcelain') ? '' : 'On branch main\nnothing to commit, working tree clean');
    default:
      return failed(`git: '${verb}' is not known here`);
  }
};
