import { expect, it } from 'vitest';
import { hostVars } from '#core/inventory/host-vars.ts';

const inventory = `# birthday=yes stands here in prose
[copr_back_dev_aws]
copr-be-dev.example.org birthday=yes services_disabled=True
# copr-be-dev.example.org birthday=true

[staging]
db01.example.org birthday=yes
copr-be-dev.example.org ansible_user=root birthday=yes  # forgotten

[proxies]
copr-[x:z]e-dev.example.org birthday=1
copr-[0:9]e-dev.example.org birthday=2

[all_of_it:children]
copr_dev
[copr_dev:children]
copr_back_dev_aws

[all_of_it:vars]
birthday = yes
[proxies_stg:vars]
birthday=no
[all:vars]
services_disabled=False
`;
const found = (host: string) =>
  hostVars(inventory, host, ['birthday', 'services_disabled']).map(one => `${one.line} [${one.section}] ${one.text}`);

it('a host’s variables are found on each of its lines and in its groups’ own', () => {
  expect(found('copr-be-dev.example.org')).toEqual([
    '3 [copr_back_dev_aws] birthday=yes',
    '3 [copr_back_dev_aws] services_disabled=True',
    '8 [staging] birthday=yes',
    '20 [all_of_it:vars] birthday = yes',
    '24 [all:vars] services_disabled=False',
  ]);
});

it('a range that covers a host counts, a comment doesn’t', () => {
  expect(found('copr-xe-dev.example.org')).toEqual([
    '11 [proxies] birthday=1',
    '24 [all:vars] services_disabled=False',
  ]);
  expect(hostVars('#h birthday=yes\n', 'h', ['birthday'])).toEqual([]);
  expect(hostVars('[g]\n#h birthday=yes\n', 'h', ['birthday'])).toEqual([]);
});
