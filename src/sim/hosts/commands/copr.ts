import { done, failed, type HostCommand, has, split, userOf } from '../call.ts';
import { isLetIn } from '../packet-filter.ts';
import type { VirtualHost } from '../virtual-host.ts';
import { poolLimits } from './system.ts';

/** Where resalloc is told how many builders each pool may have. */
export const poolsPath = '/etc/resallocserver/pools.yaml';

/** Builders that resalloc starts by itself while it runs and its pools allow some. */
export async function refillBuilders(host: VirtualHost): Promise<void> {
  if (host.state.units['resalloc.service']?.active !== true) return;
  const limits = await poolLimits(host);
  let made = 0;
  for (const [pool, { max, prealloc }] of Object.entries(limits)) {
    const have = host.state.builders.filter(one => one.pool === pool).length;
    for (let more = Math.min(max, prealloc) - have; more > 0; more -= 1) {
      const id = host.state.nextBuilder;
      host.state.nextBuilder += 1;
      host.state.builders.push({ id, pool, name: `${pool}_${String(id).padStart(8, '0')}_20261123_050000` });
      made += 1;
    }
  }
  if (made > 0) host.effect('builders-started', { builders: made });
}

export const resallocMaint: HostCommand = async call => {
  const { host, session } = call;
  if (userOf(call) !== 'resalloc') return failed('resalloc-maint: run this as resalloc', 1);
  const { values, operands } = split(call.args, ['--pool']);
  const [verb, ...ids] = operands;
  const wanted = values.get('--pool');
  if (verb === 'resource-list')
    return done(
      host.state.builders
        .filter(one => wanted === undefined || one.pool === wanted)
        .map(
          ({ id, name, pool }) =>
            `${id} - ${name} pool=${pool} tags=copr_builder,arch_x86_64 status=UP releases=0 ticket=NULL`,
        )
        .join('\n'),
    );
  if (verb === 'ticket-list' || verb === 'pool-list')
    return done(verb === 'pool-list' ? Object.keys(await poolLimits(host)).join('\n') : '');
  if (verb !== 'resource-delete' && verb !== 'resource-terminate')
    return failed(`resalloc-maint: ${verb ?? ''} is not known here`, 2);
  await host.wait(4_000, session);
  const gone = host.state.builders.filter(one => has(call.args, '--all') || ids.includes(String(one.id)));
  host.state.builders = host.state.builders.filter(one => !gone.includes(one));
  if (gone.length > 0) host.effect('builders-deleted', { builders: gone.map(({ name }) => name) });
  host.kernel.later(45_000, () => void refillBuilders(host), host.id);
  return done();
};

/** obs-sign: asks the key server that /etc/sign.conf names; that one has to know this host and let it in. */
export const sign: HostCommand = async ({ host, args }) => {
  const { flags, values, operands } = split(args, ['-u', '-h', '-S']);
  const conf = await host.fs.readFile('/etc/sign.conf').catch(() => '');
  const server = /^server:\s*(\S+)/m.exec(conf)?.[1];
  if (server === undefined) return failed('sign: /etc/sign.conf names no server');
  const keygen = host.neighbours.byAddress(server);
  const instance = host.kernel.state.instances[host.id];
  const other = keygen === undefined ? undefined : host.kernel.state.instances[keygen.id];
  // A key server that is addressed by its Elastic IP sees this host's public address.
  const from = other?.PrivateIpAddress === server ? instance?.PrivateIpAddress : instance?.PublicIpAddress;
  if (keygen?.state.role !== 'keygen' || !keygen.state.up || keygen.state.units['signd.service']?.active !== true)
    return failed(`sign: connect to ${server}:5167: Connection refused`);
  const names = (text: string) => new RegExp(`(?<![0-9.])${(from ?? '-').replaceAll('.', '\\.')}(?![0-9.])`).test(text);
  if (from === undefined || !(await isLetIn(keygen, from, 5167)))
    return failed(`sign: connect to ${server}:5167: Connection timed out`);
  if (!names(await keygen.fs.readFile('/etc/sign.conf').catch(() => ''))) return failed('sign: 550 access denied');
  if (keygen.state.mounts.length === 0) return failed(`sign: gpg: ${values.get('-u') ?? 'key'}: no such key`);
  const user = values.get('-u') ?? '';
  if (has(flags, '-p'))
    return done(
      `-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n${Buffer.from(user).toString('base64')}\n-----END PGP PUBLIC KEY BLOCK-----`,
    );
  const file = operands.at(-1);
  const signature = `-----BEGIN PGP SIGNATURE-----\n${user}\n-----END PGP SIGNATURE-----\n`;
  // Without a file it signs its input.
  if (file === undefined && has(flags, '-d')) return done(signature);
  if (file === undefined || !(await host.fs.exists(file)))
    return failed(`sign: ${file ?? 'no file'}: No such file or directory`);
  await host.fs.writeFile(`${file}.asc`, signature);
  host.effect('file-signed', { file, user });
  return done();
};

/** Verifies what `sign` wrote. */
export const gpg: HostCommand = async ({ host, args }) => {
  if (args.includes('--import')) {
    const key = await host.fs.readFile(args.at(-1) ?? '').catch(() => '');
    return key.includes('BEGIN PGP PUBLIC KEY BLOCK') ? done() : failed('gpg: no valid OpenPGP data found.', 2);
  }
  const file = args.find(word => word.endsWith('.asc'));
  const text = file === undefined ? '' : await host.fs.readFile(file).catch(() => '');
  return text.includes('BEGIN PGP SIGNATURE')
    ? { code: 0, out: '', err: 'gpg: Good signature\n' }
    : failed("gpg: can't open signed data", 2);
};
