import { Refused } from '#core/errors.ts';
import type { Config } from '#estate/config.ts';
import type { Estate } from '#estate/schema.ts';
import type { DnsReader } from '#ports/dns.ts';
import { openMailer } from '../../app/open-mailer.ts';
import { openInventory } from '../../app/open-world.ts';
import type { Proof } from './proof.ts';

/** The inventory's repository, the name servers and the mail server. */
export function outsideProofs(estate: Estate, config: Config, dns: () => DnsReader): Proof[] {
  const mailer = openMailer(estate, config);
  return [
    {
      of: 'inventory',
      see: () => inventory(estate, config),
      otherwise: 'see inventory in the estate and FERRY_INVENTORY_KEY_FILE',
    },
    ...(estate.dns.servers.length === 0
      ? []
      : [{ of: 'dns', see: () => names(estate, dns()), otherwise: 'see dns.servers in the estate' }]),
    ...(mailer === undefined
      ? []
      : [
          {
            of: 'mail',
            see: async () => {
              await mailer.verify();
              return `${estate.mail?.host} takes mail from us; nothing was sent`;
            },
            otherwise: 'see mail in the estate and FERRY_SMTP_PASSWORD',
          },
        ]),
  ];
}

async function inventory(estate: Estate, config: Config): Promise<string> {
  const repository = openInventory(estate, config);
  const head = await repository.head();
  const files = new Set(
    Object.values(estate.targets).flatMap(({ inventory: { hosts, vars, temporary } }) => [
      hosts,
      vars,
      ...temporary.map(({ file }) => file),
    ]),
  );
  for (const file of files) {
    if ((await repository.file(file, head)) === undefined) {
      throw new Refused('no-such-file', `${estate.inventory.branch} has no file ${file}, which the estate names`);
    }
  }
  await repository.mayPush();
  const count = `${files.size} ${files.size === 1 ? 'file' : 'files'}`;
  return `${estate.inventory.branch} is at ${head.slice(0, 12)}; has the estate's ${count}; we may push`;
}

async function names({ targets }: Estate, dns: DnsReader): Promise<string> {
  let servers = 0;
  for (const { host, elasticIp } of Object.values(targets)) {
    const answers = await dns.resolve(host, 'A');
    servers = answers.length;
    for (const { server, addresses } of answers) {
      if (addresses.includes(elasticIp.address)) continue;
      const seen = addresses.join(', ') || 'nothing';
      throw new Refused('name-differs', `${server} answers ${seen} for ${host}, the estate says ${elasticIp.address}`);
    }
  }
  return `${servers} name servers answer for ${Object.keys(targets).length} names as the estate says`;
}
