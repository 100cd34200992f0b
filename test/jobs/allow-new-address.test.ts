import { describe, expect, it } from 'vitest';
import type { StepContext } from '#engine/define-step.ts';
import type { TargetFacts } from '#jobs/facts.ts';
import { allowNewAddress } from '#jobs/prepare/allow-new-address.ts';
import { scriptedReaders } from '#test/fakes/scripted-ports.ts';

const keygen = { name: 'copr-keygen-dev', host: 'copr-keygen-dev.aws', playbook: 'groups/copr-keygen.yml' };
const target = { name: 'copr-be-dev', role: 'backend', host: 'copr-be-dev.aws' };

const context = {
  target: target.name,
  run: { id: 'dev-1', targets: [target.name], turned: [] },
  settings: {
    targets: { [target.name]: target, [keygen.name]: keygen },
    byRole: { keygen: keygen.name },
    batcave: { host: 'batcave01', checkout: '/srv/ansible' },
  },
  facts: () => ({
    old: { instance: 'i-old', privateIp: '172.30.2.9' },
    keygen: { instance: 'i-keygen' },
    inventory: {
      addresses: [{ file: 'inventory/group_vars/copr_keygen_dev_aws', key: 'custom_rules' }],
      ports: [80, 5167],
    },
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

/** As nft 1.0.6 prints a chain with these rules. */
const chain = (rules: readonly string[], name = 'INPUT', policy = 'accept') =>
  [
    `\tchain ${name} {`,
    `\t\ttype filter hook input priority filter; policy ${policy};`,
    ...rules.map(one => `\t\t${one}`),
    '\t}',
  ].join('\n');
const table = (...parts: readonly string[]) => `table ip filter {\n${parts.join('\n\n')}\n}\n`;
const counter = 'counter packets 12 bytes 720';
const rule = (address: string, port: number | string, verdict = 'accept') =>
  `ip saddr ${address} tcp dport ${port} ${counter} ${verdict}`;
const kickedOut = `${counter} reject with icmp type host-prohibited`;
const both = (address: string) => [rule(address, 80), rule(address, 5167)];
const [old, fresh] = ['172.30.2.9', '172.30.2.94'];

describe('the packet filter of keygen', () => {
  const verify = (ruleset: string) =>
    allowNewAddress.verify?.(scriptedReaders({ reads: { 'nft list ruleset': ruleset } }), context);
  const rules = (...these: readonly string[]) => verify(table(chain(these)));
  const taken = { ok: true, note: `${fresh} is let in by the packet filter of i-keygen at ports 80 and 5167` };
  const refused = (why: string) => ({ ok: false, why: expect.stringContaining(why) });

  it('lets the new address in where it accepts it at each port of the playbook’s rules', async () => {
    expect(await rules(...both(old), ...both(fresh), kickedOut)).toEqual(taken);
    expect(await rules(rule(`{ ${old}, ${fresh} }`, '{ 80, 5167 }'), kickedOut)).toEqual(taken);
    expect(await rules(rule('172.30.2.0/24', '80-6000'))).toEqual(taken);
    expect(await rules(rule('172.30.2.90-172.30.2.99', '80-6000'))).toEqual(taken);
    expect(await rules(`ip saddr ${fresh} ${counter} accept comment "the backend"`)).toEqual(taken);
    expect(await rules(`meta l4proto tcp ip saddr ${fresh} tcp dport { 80, 5167 }  ${counter} accept`)).toEqual(taken);
    expect(await rules(`ip saddr ${fresh} tcp dport { 80, 5167 } ct state new log prefix "drop " accept`)).toEqual(
      taken,
    );
  });

  it('does by a set that has it, and through a chain that is jumped to', async () => {
    const set = [
      '\tset backends {',
      '\t\ttype ipv4_addr',
      '\t\tflags interval',
      '\t\telements = { 10.0.0.1-10.0.0.7, 172.30.2.9,',
      `\t\t\t     ${fresh} timeout 1h expires 59m }`,
      '\t}',
    ].join('\n');
    expect(await verify(table(set, chain([rule('@backends', '{ 80, 5167 }')])))).toEqual(taken);
    expect(await verify(table(set.replace(fresh, old), chain([rule('@backends', '{ 80, 5167 }')])))).toMatchObject({
      ok: false,
    });
    const jumped = ['\tchain keygen {', '\t\ttcp dport { 80, 5167 } accept', '\t}'].join('\n');
    expect(await verify(table(jumped, chain([`ip saddr ${fresh} jump keygen`, kickedOut], 'INPUT', 'drop')))).toEqual(
      taken,
    );
    expect(await verify(table(jumped, chain([`ip saddr ${old} jump keygen`, kickedOut])))).toMatchObject({ ok: false });
  });

  it('doesn’t by a rule that drops or rejects it, by a comment, or at another port', async () => {
    const not = refused(`no rule of the packet filter of i-keygen lets ${fresh} at port 80 in`);
    expect(await rules(...both(old))).toEqual(not);
    expect(await rules(rule(fresh, 80, 'drop'), rule(fresh, 5167, 'drop'))).toEqual(not);
    expect(await rules(rule(fresh, '{ 80, 5167 }', 'reject with icmp type host-prohibited'))).toEqual(not);
    expect(await rules(`ip saddr ${old} tcp dport { 80, 5167 } accept comment "${fresh}"`)).toEqual(not);
    expect(await rules(`ip saddr ${old} tcp dport { 80, 5167 } log prefix "${fresh} " accept`)).toEqual(not);
    expect(await rules(rule(fresh, 22))).toEqual(not);
    expect(await rules(`ip saddr ${fresh} udp dport { 80, 5167 } accept`)).toEqual(not);
    expect(await rules(`ip saddr != ${fresh} accept`)).toEqual(not);
    expect(await rules(`ip saddr != ${old} accept`)).toEqual(not);
    expect(await rules('tcp dport { 80, 5167 } accept')).toEqual(not);
    expect(await rules(`ip daddr ${fresh} tcp dport { 80, 5167 } accept`)).toEqual(not);
    expect(await rules(rule('172.30.2.194', '80-6000'))).toEqual(not);
    expect(await rules(`ip saddr ${fresh} ct state established accept`)).toEqual(not);
    expect(await verify('')).toEqual(not);
    expect(await rules(rule(fresh, 80))).toEqual(refused(`lets ${fresh} at port 5167 in`));
  });

  it('doesn’t where a rule before keeps it out, another chain does, or it can’t be told', async () => {
    const not = refused(`no rule of the packet filter of i-keygen lets ${fresh} at port 80 in`);
    const out = refused(`keeps ${fresh} at port 80 out`);
    expect(await rules(kickedOut, ...both(fresh))).toEqual(
      refused(`lets ${fresh} at port 80 in; it is kept out by: counter packets 12 bytes 720 reject with icmp type`),
    );
    const other = `table inet other {\n${chain(['iifname "lo" accept'], 'input', 'drop')}\n}\n`;
    expect(await verify(`${table(chain(both(fresh)))}${other}`)).toEqual(out);
    expect(await verify(`${table(chain(both(fresh)))}${other.replace('iifname "lo"', 'tcp dport 80-6000')}`)).toEqual(
      taken,
    );
    expect(await rules(`iifname "eth7" ip saddr ${fresh} tcp dport { 80, 5167 } accept`)).toEqual(
      refused("only under conditions that I can't judge: iifname"),
    );
    const jumped = `\tchain keygen {\n\t\tip saddr ${fresh} accept\n\t}`;
    expect(await verify(table(jumped, chain(['iifname "eth7" jump keygen'])))).toMatchObject({ ok: false });
    expect(await verify(table(jumped, chain(['iifname "lo" jump keygen'])))).toEqual(not);
    expect(
      await rules('ct state invalid drop', 'tcp dport 25 drop', 'limit rate over 9/second drop', ...both(fresh)),
    ).toEqual(taken);
    expect(await verify(table(chain(both(fresh), 'OUTPUT').replace('hook input', 'hook output')))).toMatchObject({
      ok: false,
    });
  });

  it('no longer lets the new address in on the way back, and the old one as before', async () => {
    const undone = (...these: readonly string[]) =>
      allowNewAddress.undone?.(scriptedReaders({ reads: { 'nft list ruleset': table(chain(these)) } }), context);
    expect(await undone(...both(old), kickedOut)).toEqual({
      ok: true,
      note: `${fresh} is no longer let in by the packet filter of i-keygen`,
    });
    expect(await undone(...both(old), rule(fresh, 5167, 'drop'), `${counter} comment "${fresh}"`)).toMatchObject({
      ok: true,
    });
    expect(await undone(...both(old), rule(fresh, 22))).toMatchObject({ ok: true });
    expect(await undone(...both(old), rule(fresh, 5167))).toEqual({
      ok: false,
      why: `the packet filter of i-keygen still lets ${fresh} in at port 5167: ip saddr ${fresh} tcp dport 5167 accept`,
    });
    expect(await undone(...both(old), `iifname "eth7" ip saddr ${fresh} accept`)).toMatchObject({ ok: false });
    expect(await undone(rule(old, 80), kickedOut)).toMatchObject({ ok: false });
  });

  it('of a run of an earlier version, which knows no ports, is judged by any port', async () => {
    const { ports: _, ...inventory } = (context.facts(target.name) as unknown as TargetFacts).inventory;
    const earlier = {
      ...context,
      facts: () => ({ ...context.facts(target.name), inventory }),
    } as unknown as StepContext;
    const verifyEarlier = (one: string) =>
      allowNewAddress.verify?.(
        scriptedReaders({ reads: { 'nft list ruleset': table(chain(['tcp dport 25 drop', one])) } }),
        earlier,
      );
    expect(await verifyEarlier(rule(fresh, 80))).toEqual({
      ok: true,
      note: `${fresh} is let in by the packet filter of i-keygen`,
    });
    expect(await verifyEarlier(rule(fresh, 80, 'drop'))).toMatchObject({ ok: false });
  });

  it('that can’t be listed is asked again', async () => {
    const failing = scriptedReaders({
      reads: { 'nft list ruleset': { code: 1, stderr: 'Operation not permitted\n' } },
    });
    expect(await allowNewAddress.verify?.(failing, context)).toEqual({
      ok: false,
      wait: true,
      why: "the packet filter of i-keygen can't be listed: Operation not permitted",
    });
  });
});
