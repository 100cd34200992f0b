import type { Verdict } from '#engine/define-step.ts';
import type { ShellReader } from '#ports/shell.ts';

/** A host's packet filter names an address; `nft` lists what came by iptables too. */
export async function letsIn(shell: ShellReader, instance: string, address: string): Promise<Verdict> {
  const { code, stdout, stderr } = await shell.read({ instance }, ['nft', 'list', 'ruleset']);
  if (code !== 0) {
    const why = `the packet filter of ${instance} can't be listed: ${stderr.trim() || `exit ${code}`}`;
    return { ok: false, wait: true, why };
  }
  if (stdout.split(/[^\w.:]+/).includes(address))
    return { ok: true, note: `${address} is in the packet filter of ${instance}` };
  return { ok: false, why: `no rule of the packet filter of ${instance} names ${address}` };
}

/** The packet filter of a host names an address no more. */
export async function keepsOut(shell: ShellReader, instance: string, address: string): Promise<Verdict> {
  const found = await letsIn(shell, instance, address);
  if (found.ok) return { ok: false, why: `the packet filter of ${instance} still lets ${address} in` };
  return found.wait === true
    ? found
    : { ok: true, note: `${address} is no longer in the packet filter of ${instance}` };
}
