import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasKey } from '#core/inventory/yaml-lookup.ts';
import { inventoryFacts } from '#jobs/read/inventory-facts.ts';
import type { RunSettings, TargetSettings } from '#jobs/settings.ts';
import type { InventoryReader } from '#ports/inventory.ts';
import { exampleSettings } from '../builders/step-context.ts';

const settings: RunSettings = await exampleSettings('dev');
const of = (name: string) => settings.targets[name] as TargetSettings;

/** The inventory of the simulator, by path. */
const checkout = join(import.meta.dirname, '../../src/sim/git/seed');
const seed = Object.fromEntries(
  readdirSync(checkout, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .map(file => [file.slice(checkout.length + 1), readFileSync(file, 'utf8')]),
);

/** Reads a target's facts in an inventory in which some texts were replaced. */
async function read(
  name: string,
  privateIp: string,
  edits: readonly (readonly [RegExp | string, string])[],
  more: Readonly<Record<string, string>> = {},
) {
  const files = Object.entries({ ...seed, ...more }).map(([path, text]) => [
    path,
    edits.reduce((now, [a, b]) => now.replaceAll(a, b), text),
  ]);
  const inventory = {
    head: async () => 'a'.repeat(40),
    file: async (path: string) => Object.fromEntries(files)[path],
  } as unknown as InventoryReader;
  return inventoryFacts(inventory, settings, of(name), privateIp).then(
    facts => facts,
    error => `${error.code}: ${error.message}`,
  );
}
const backend = (...edits: (readonly [RegExp | string, string])[]) => read('copr-be-dev', '172.30.2.145', edits);

describe('the lists that let the backend in', () => {
  it('are found where they name today’s address', async () => {
    expect(await backend()).toMatchObject({ addresses: settings.environment.backendAddresses });
  });

  it('tell at which ports it is let in', async () => {
    expect(await backend()).toMatchObject({ ports: [80, 5167] });
    expect(await backend([/(172\.30\.2\.145 +)tcp dport 80 /g, '$1tcp dport { 443, 8000-8010 } '])).toMatchObject({
      ports: [80, 443, 5167, 8000, 8010],
    });
    expect(await backend([/18\.208\.10\.131( +--dport) 80/g, '18.208.10.131$1 81'])).toMatchObject({
      ports: [80, 5167],
    });
  });

  it('stop the run where one doesn’t: it would be left out without a word', async () => {
    expect(await backend([/172\.30\.2\.145/g, '172.30.2.99'])).toBe(
      "not-in-inventory: inventory/group_vars/copr_dev_aws: copr_backend_ips doesn't name 172.30.2.145, today's private address copr-be-dev's",
    );
    expect(await backend([/saddr 172\.30\.2\.145/g, 'saddr 172.30.2.99'])).toMatch(
      /copr_keygen_dev_aws: nft_custom_rules/,
    );
    expect(await backend([/^copr_backend_ips:.*$/gm, ''])).toMatch(/copr_backend_ips doesn't name/);
  });

  it('say so where an alias or Jinja stands for the address', async () => {
    expect(await backend([/^copr_backend_ips:.*$/gm, 'ips: &ips ["172.30.2.145"]\ncopr_backend_ips: *ips'])).toMatch(
      /: \*ips stands there, and only an address as it is can be changed$/,
    );
    expect(await backend([/"172\.30\.2\.145"/g, '"{{ backend_private_ip }}"'])).toMatch(
      /: \{\{ backend_private_ip \}\} stands there/,
    );
  });
});

describe('where keygen’s address stands', () => {
  const keygen = (host: string) =>
    read('copr-keygen-dev', '172.30.2.36', [[/^keygen_host:.*$/gm, `keygen_host: "${host}"`]]);
  it('is its Elastic IP, its name, or today’s private address, which is replaced', async () => {
    expect(await keygen(of('copr-keygen-dev').elasticIp)).toMatchObject({ keygen: [] });
    expect(await keygen('copr-keygen-dev.aws.fedoraproject.org')).toMatchObject({ keygen: [] });
    expect(await keygen('172.30.2.36')).toMatchObject({ keygen: settings.environment.keygenAddress });
  });

  it('is found nowhere where another stands', async () => {
    expect(await keygen('172.30.2.77')).toMatch(/copr_dev_aws: keygen_host doesn't name 172\.30\.2\.36 or /);
    expect(await keygen('{{ keygen_ip }}')).toMatch(/\{\{ keygen_ip \}\} stands there/);
  });
});

describe('birthday and services_disabled', () => {
  const host = 'copr-be-dev.aws.fedoraproject.org';
  it('stop the run on any line of the host, and wherever else it could have them', async () => {
    const line = new RegExp(`^${host}$`, 'gm');
    expect(await backend([line, `${host} birthday=yes`])).toMatch(
      /birthday=yes in \[copr_back_dev_aws\], inventory\/inventory line \d+ and birthday=yes in \[staging\].* and birthday=yes in \[cloud_aws\], inventory\/cloud line \d+: take it away/,
    );
    expect(await backend([/^\[staging\]\n/gm, `[staging]\n${host} services_disabled=True\n`])).toMatch(
      /services_disabled=True in \[staging\]/,
    );
    expect(await backend([/^services_disabled: false/gm, 'birthday: yes\nservices_disabled: false'])).toMatch(
      /birthday in inventory\/group_vars\/copr_back_dev_aws/,
    );
  });

  it('count in the variables of a group only where no file of group_vars overrules them', async () => {
    const all = (word: string) => backend([/^\[bastion\]$/gm, `[copr_dev_aws:vars]\n${word}\n\n[bastion]`]);
    expect(await all('birthday=yes')).toMatch(/birthday=yes in \[copr_dev_aws:vars\]/);
    expect(await all('services_disabled=False')).toMatchObject({ temporary: expect.anything() });
  });

  it.each([
    [`host_vars/${host}`, 'services_disabled: true'],
    [`host_vars/${host}.yml`, 'birthday: yes'],
    [`host_vars/${host}.yaml`, 'birthday: yes'],
    ['group_vars/staging', 'birthday: yes'],
    ['group_vars/copr_dev_aws', 'birthday: yes'],
    ['group_vars/cloud_aws.yml', 'birthday: yes'],
    ['group_vars/all', 'birthday: yes'],
    ['group_vars/staging', 'services_disabled: true'],
    ['group_vars/cloud_aws.yml', 'services_disabled: false'],
    ['group_vars/cloud_aws.yaml', 'services_disabled: false'],
    ['group_vars/copr_back_dev_aws.yml', 'services_disabled: true'],
    [`host_vars/${host}.yml`, 'services_disabled: true'],
    [`host_vars/${host}.yaml`, 'services_disabled: true'],
  ])('stop the run in %s', async (file, line) => {
    const path = `inventory/${file}`;
    const text = `${seed[path] ?? '---'}\n${line}\n`;
    expect(await read('copr-be-dev', '172.30.2.145', [], { [path]: text })).toMatch(
      `${line.split(':', 1)[0]} in ${path}: take it away`,
    );
  });

  it.each(['all', 'copr_dev_aws', 'copr_all_instances_aws'])(
    'of services_disabled may stand in group_vars/%s, above its own group, which overrules it',
    async group => {
      const path = `inventory/group_vars/${group}`;
      const text = `${seed[path] ?? '---'}\n${group === 'all' ? '' : 'services_disabled: true'}\n`;
      expect(hasKey(text, 'services_disabled')).toBe(true);
      expect(await read('copr-be-dev', '172.30.2.145', [], { [path]: text })).toMatchObject({
        temporary: expect.anything(),
      });
    },
  );

  it('in the variables of a group that the host isn’t in are none of its', async () => {
    const text = `${seed['inventory/group_vars/proxies']}\nbirthday: yes\n`;
    expect(await read('copr-be-dev', '172.30.2.145', [], { 'inventory/group_vars/proxies': text })).toMatchObject({
      temporary: expect.anything(),
    });
  });

  it('of another host, or in a comment, are none of its', async () => {
    expect(await backend([/^bodhi-backend01\S+$/gm, '$& birthday=yes'])).toMatchObject({
      temporary: expect.anything(),
    });
  });
});
