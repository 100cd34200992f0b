import type { VirtualHost } from './virtual-host.ts';

/** Where the playbook puts its rules, from which the service loads them. */
export const nftablesFile = '/etc/sysconfig/nftables.conf';

const added = 'add rule ip filter INPUT ';

/** What the playbook's template has before the rules of the host's group, and after them. */
const before = ['ct state established,related', 'ip protocol icmp', 'iifname "lo"', 'tcp dport 22'];
const after = 'reject with icmp type host-prohibited';

/** The rules of the chain INPUT as nft prints them; none where none were loaded. */
async function loadedRules(host: VirtualHost): Promise<string[]> {
  const text = await host.fs.readFile(nftablesFile).catch(() => '');
  const own = text.split('\n').filter(line => line.startsWith(added));
  if (own.length === 0) return [];
  const counter = 'counter packets 0 bytes 0';
  return [
    ...before.map(rule => `${rule} ${counter} accept`),
    ...own.map(line =>
      line
        .slice(added.length)
        .trim()
        .replaceAll(/\s+/g, ' ')
        .replace(/\bcounter\b/, counter),
    ),
    `${counter} ${after}`,
  ];
}

/** `nft list ruleset`, as nft 1.0 prints it. */
export async function listRuleset(host: VirtualHost): Promise<string> {
  const rules = await loadedRules(host);
  if (rules.length === 0) return '';
  const body = ['type filter hook input priority filter; policy accept;', ...rules].map(line => `\t\t${line}`);
  return ['table ip filter {', '\tchain INPUT {', ...body, '\t}', '}', ''].join('\n');
}

/** Whether a host lets a new TCP connection from an address in at a port: the first rule that takes it decides. */
export async function isLetIn(host: VirtualHost, address: string, port: number): Promise<boolean> {
  const rules = await loadedRules(host);
  const taking = rules.find(rule => {
    if (/^(?:ct state|ip protocol icmp|iifname) /.test(rule)) return false;
    const from = /\bip saddr (\S+)/.exec(rule)?.[1] ?? address;
    const to = /\btcp dport (\S+)/.exec(rule)?.[1] ?? String(port);
    return from === address && to === String(port);
  });
  return taking === undefined || taking.endsWith(' accept');
}
