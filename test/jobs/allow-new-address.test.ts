import { expect, it } from 'vitest';
import type { StepContext } from '#engine/define-step.ts';
import { allowNewAddress } from '#jobs/prepare/allow-new-address.ts';
import { scriptedReaders } from '#test/fakes/scripted-ports.ts';

const keygen = { name: 'copr-keygen-dev', host: 'copr-keygen-dev.aws', playbook: 'groups/copr-keygen.yml' };
const target = { name: 'copr-be-dev', role: 'backend', host: 'copr-be-dev.aws' };

const context = {
  target: target.name,
  run: { id: 'dev-1' },
  settings: {
    targets: { [target.name]: target, [keygen.name]: keygen },
    byRole: { keygen: keygen.name },
    batcave: { host: 'batcave01', checkout: '/srv/ansible' },
  },
  facts: () => ({
    old: { instance: 'i-old', privateIp: '172.30.2.9' },
    keygen: { instance: 'i-keygen' },
    inventory: { addresses: [{ file: 'inventory/group_vars/copr_keygen_dev_aws', key: 'custom_rules' }] },
  }),
  outputs: () => ({ instance: 'i-new', privateIp: '172.30.2.94' }),
} as unknown as StepContext;

it('what the playbook would change on the live keygen is shown before it is played', () => {
  const plan = allowNewAddress.plan?.(context) ?? [];
  expect(plan.map(({ kind }) => kind)).toEqual(['edit-inventory', 'check-playbook', 'play-playbook']);
  const [, check, play] = plan;
  expect(check?.args).toMatchObject({ limit: keygen.host, tags: ['iptables', 'config'], word: '172.30.2.94' });
  expect(play?.args).toMatchObject({ limit: keygen.host, tags: ['iptables', 'config'] });
});

it('the new address must be in the packet filter of keygen, whole', async () => {
  const verify = (rules: string) =>
    allowNewAddress.verify?.(scriptedReaders({ reads: { 'nft list': rules } }), context);
  expect(await verify('ip saddr { 172.30.2.9, 172.30.2.94 } tcp dport 5167 accept')).toEqual({
    ok: true,
    note: '172.30.2.94 is in the packet filter of i-keygen',
  });
  expect(await verify('ip saddr { 172.30.2.9, 172.30.2.941 } tcp dport 5167 accept')).toEqual({
    ok: false,
    why: 'no rule of the packet filter of i-keygen names 172.30.2.94',
  });
});
