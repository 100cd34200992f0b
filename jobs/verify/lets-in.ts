import { nftArgv, parseRuleset, type Ruleset } from '#changes/parsers/nft-ruleset.ts';
import type { Verdict } from '#engine/define-step.ts';
import type { ShellReader } from '#ports/shell.ts';
import { judge } from './packet-filter.ts';

/** Who is to be let in, and where: at each of the ports that the playbook's rules have; without any, anywhere. */
export interface Guest {
  readonly address: string;
  readonly ports: readonly number[] | undefined;
}

/** A host's packet filter accepts what comes from an address, by a rule for it; `nft` lists what came by iptables too. */
export async function letsIn(shell: ShellReader, instance: string, guest: Guest): Promise<Verdict> {
  const read = await rulesetOf(shell, instance);
  if ('ok' in read) return read;
  const { address } = guest;
  for (const { port, judged } of judgedAt(read, guest)) {
    const { accepts, perhaps, drops } = judged;
    const at = `${address}${atPorts(port === undefined ? [] : [port])}`;
    const filter = `the packet filter of ${instance}`;
    if (drops !== undefined && (accepts ?? perhaps) !== undefined)
      return { ok: false, why: `${filter} keeps ${at} out: ${drops}` };
    if (accepts !== undefined) continue;
    if (perhaps !== undefined)
      return { ok: false, why: `${filter} lets ${at} in only under conditions that I can't judge: ${perhaps.text}` };
    const first = drops === undefined ? '' : `; it is kept out by: ${drops}`;
    return { ok: false, why: `no rule of ${filter} lets ${at} in${first}` };
  }
  return { ok: true, note: `${address} is let in by the packet filter of ${instance}${atPorts(guest.ports ?? [])}` };
}

/** The packet filter of a host has no rule more that lets an address in. */
export async function keepsOut(shell: ShellReader, instance: string, guest: Guest): Promise<Verdict> {
  const read = await rulesetOf(shell, instance);
  if ('ok' in read) return read;
  const { address } = guest;
  for (const { port, judged } of judgedAt(read, guest)) {
    const rule = judged.drops === undefined ? (judged.accepts ?? judged.perhaps) : undefined;
    if (rule === undefined) continue;
    const at = `${address} in${atPorts(port === undefined ? [] : [port])}`;
    return { ok: false, why: `the packet filter of ${instance} still lets ${at}: ${rule.text}` };
  }
  return { ok: true, note: `${address} is no longer let in by the packet filter of ${instance}` };
}

async function rulesetOf(shell: ShellReader, instance: string): Promise<Ruleset | Extract<Verdict, { ok: false }>> {
  const { code, stdout, stderr } = await shell.read({ instance }, nftArgv);
  if (code === 0) return parseRuleset(stdout);
  const why = `the packet filter of ${instance} can't be listed: ${stderr.trim() || `exit ${code}`}`;
  return { ok: false, wait: true, why };
}

function judgedAt(ruleset: Ruleset, { address, ports = [] }: Guest) {
  const each = ports.length === 0 ? [undefined] : ports;
  return each.map(port => ({ port, judged: judge(ruleset, { address, port }) }));
}

function atPorts(ports: readonly number[]): string {
  if (ports.length === 0) return '';
  return ` at ${ports.length === 1 ? 'port' : 'ports'} ${ports.join(' and ')}`;
}
