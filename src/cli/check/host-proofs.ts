import { proveLogin } from '#adapters/ssh/prove-login.ts';
import { Refused } from '#core/errors.ts';
import { aaaaOf, canonicalIpv6 } from '#core/zone/zone-edit.ts';
import { type Config, need } from '#estate/config.ts';
import type { Estate } from '#estate/schema.ts';
import { oldInstance } from '#jobs/read/aws-facts.ts';
import { settingsOf } from '#jobs/settings-of.ts';
import type { ComputeReader } from '#ports/compute.ts';
import type { HostRef, ShellReader } from '#ports/shell.ts';
import type { Proof } from './proof.ts';

const login = 'see host_keys and FERRY_SSH_KEY_FILE: its public half must be let in there';

/** Every host answers with a pinned key, lets us in, and lets us become root where a run must. */
export function hostProofs(
  estate: Estate,
  config: Config,
  parts: { readonly shell: () => ShellReader; readonly compute: () => ComputeReader },
): Proof[] {
  const { jump } = estate;
  return [
    ...(jump === undefined
      ? []
      : [{ of: 'ssh jump host', see: () => throughJump(estate, jump, config), otherwise: login }]),
    { of: 'ssh batcave01', see: () => batcave(estate, parts.shell()), otherwise: login },
    ...zoneProofs(estate, parts.shell),
    ...Object.values(estate.targets).map(target => ({
      of: `ssh ${target.name}`,
      see: async () => {
        const settings = settingsOf(estate, target.environment, '');
        const known = settings.targets[target.name];
        if (known === undefined) throw new Refused('no-target', `there is no ${target.name}`);
        const { id } = await oldInstance(parts.compute(), settings, known);
        await answers(parts.shell(), { instance: id }, ['true']);
        return `${id} answers with a pinned key, as root`;
      },
      otherwise: login,
    })),
  ];
}

async function throughJump(estate: Estate, jump: NonNullable<Estate['jump']>, config: Config): Promise<string> {
  const { sshKeyFile } = need(config, 'sshKeyFile');
  const { address, port, user, hostKeys: keys } = jump;
  const readyMs = estate.timing.world.connect;
  await proveLogin({ name: 'the jump host', address, port, user, keys, keyFile: sshKeyFile, readyMs });
  return `${address} lets ${user} in`;
}

async function batcave({ batcave: { checkout, user } }: Estate, shell: ShellReader): Promise<string> {
  const head = await answers(shell, { host: 'batcave01' }, ['git', '-C', checkout, 'rev-parse', 'HEAD']);
  return `lets ${user} in; ${checkout} is at ${head.trim().slice(0, 12)}`;
}

/** Where a target gets a new AAAA record: the zone has the one that it has now, and we may push another. */
function zoneProofs(estate: Estate, shell: () => ShellReader): Proof[] {
  const { zone } = estate.dns;
  const targets = Object.values(estate.targets).filter(target => !target.ipv6Moves);
  if (zone === undefined || targets.length === 0) return [];
  const { name, repository, branch, file } = zone;
  const see = async () => {
    const batcave01 = { host: 'batcave01' };
    const text = await answers(shell(), batcave01, ['git', '-C', repository, 'show', `refs/heads/${branch}:${file}`]);
    for (const { host, ipv6 } of targets) {
      const { address } = aaaaOf(text, { zone: name, file, name: host });
      if (canonicalIpv6(address) === canonicalIpv6(ipv6)) continue;
      throw new Refused('name-differs', `${file} has ${address} for ${host}, the estate says ${ipv6}`);
    }
    await answers(shell(), batcave01, ['test', '-w', `${repository}/refs/heads`]);
    const records = targets.length === 1 ? 'record' : 'records';
    return `${file} has the estate's ${targets.length} AAAA ${records}; ${estate.batcave.user} may push`;
  };
  const otherwise = `see dns.zone in the estate; ${estate.batcave.user} must be allowed to push to it on batcave01`;
  return [{ of: 'dns zone', see, otherwise }];
}

async function answers(shell: ShellReader, host: HostRef, argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await shell.read(host, argv);
  if (code === 0) return stdout;
  const [first = ''] = stderr.trim().split('\n');
  throw new Refused('command-failed', `${argv.join(' ')} ended with ${code}: ${first}`);
}
