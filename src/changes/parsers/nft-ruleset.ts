/** A condition of a rule: one of these values, or (`not`) none of them. A named set is `@name`. */
export interface Condition {
  readonly not: boolean;
  /** Addresses, prefixes and ranges; ports and ranges of ports; names of protocols and states. */
  readonly values: readonly string[];
}

export interface FilterRule {
  /** As printed, without what its counters say. */
  readonly text: string;
  /** IPv4 addresses that it comes from. */
  readonly sources: readonly Condition[];
  /** TCP or UDP ports that it goes to. */
  readonly ports: readonly Condition[];
  readonly protocols: readonly Condition[];
  /** States of the connection. */
  readonly states: readonly Condition[];
  /** It takes nothing that another host sends over IPv4: it is about IPv6, or about `lo`. */
  readonly never: boolean;
  /** It has conditions that aren't read here: whether it takes a packet can't be told. */
  readonly unclear: boolean;
  /** undefined: it only counts, logs or marks. A reject is a drop. */
  readonly verdict: 'accept' | 'drop' | 'return' | { readonly to: string; readonly back: boolean } | undefined;
}

export interface FilterChain {
  readonly table: string;
  readonly name: string;
  /** A base chain that filters what comes to the host itself. */
  readonly input: boolean;
  readonly policy: 'accept' | 'drop';
  readonly rules: readonly FilterRule[];
}

/** What a host's packet filter does with IPv4, as far as `nft list ruleset` shows it. */
export interface Ruleset {
  readonly chains: readonly FilterChain[];
  /** Elements of sets of one kind of value, by "table name". */
  readonly sets: ReadonlyMap<string, readonly string[]>;
}

export const nftArgv: readonly string[] = ['nft', 'list', 'ruleset'];

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Reads `nft list ruleset`, which shows what came by iptables too. Tables of families other than ip and inet are left out.
 * Source: what nft 1.0.6 printed (`test/changes/parsers/nft-ruleset.test.ts`).
 */
export function parseRuleset(text: string): Ruleset {
  const chains: (Writable<FilterChain> & { rules: FilterRule[] })[] = [];
  const sets = new Map<string, readonly string[]>();
  let table: string | undefined;
  let chain: (typeof chains)[number] | undefined;
  let set: { readonly name: string; text: string } | undefined;
  for (const raw of text.split('\n')) {
    const line = raw.trim();
    const [, family = '', named] = /^table (\S+) (\S+) \{$/.exec(line) ?? [];
    if (named !== undefined) table = family === 'ip' || family === 'inet' ? `${family} ${named}` : undefined;
    if (table === undefined || named !== undefined || line === '' || line.startsWith('#')) continue;
    const [, kind, name = ''] = /^(chain|set) (\S+) \{$/.exec(line) ?? [];
    if (kind === 'chain') {
      chain = { table, name, input: false, policy: 'accept', rules: [] };
      chains.push(chain);
    } else if (kind === 'set') set = { name, text: '' };
    else if (set !== undefined && line !== '}') set.text += ` ${line}`;
    else if (set !== undefined) {
      sets.set(`${table} ${set.name}`, elementsIn(set.text));
      set = undefined;
    } else if (line === '}') chain = undefined;
    else if (chain !== undefined && /^type \S+ hook /.test(line)) {
      chain.input = /^type filter hook input /.test(line);
      chain.policy = /\bpolicy drop;/.test(line) ? 'drop' : 'accept';
    } else if (chain !== undefined) chain.rules.push(parseRule(line));
  }
  return { chains, sets };
}

/** None of a set of several kinds of value (`type ipv4_addr . inet_service`). */
function elementsIn(text: string): string[] {
  const [, all = ''] = /\belements = \{(.*)\}/.exec(text.replaceAll(/"[^"]*"/g, '')) ?? [];
  return listed(all).flatMap(one => (/^\S+ \. /.test(one) ? [] : (one.split(/\s+/)[0] ?? [])));
}

const listed = (text: string) =>
  text
    .split(',')
    .map(one => one.trim())
    .filter(one => one !== '');

/** How many words follow that say nothing of which packets a rule takes. */
const details: Readonly<Record<string, number>> = {
  ...{ packets: 1, bytes: 1, comment: 1, prefix: 1, level: 1, flags: 1, group: 1, snaplen: 1, 'queue-threshold': 1 },
  ...{ counter: 0, log: 0, continue: 0 },
};

const aboutSix = new Set(['ip6', 'icmpv6']);

/** One rule of a chain, as printed. What isn't known makes it unclear. */
function parseRule(text: string): FilterRule {
  const words = text.match(/"[^"]*"|\{[^}]*\}|\S+/g) ?? [];
  const rule = {
    text: text.replaceAll(/ +counter packets \d+ bytes \d+/g, '').trim(),
    ...{
      sources: [] as Condition[],
      ports: [] as Condition[],
      protocols: [] as Condition[],
      states: [] as Condition[],
    },
    ...{ never: false, unclear: false, verdict: undefined as FilterRule['verdict'] },
  };
  let at = 0;
  const value = (): Condition => {
    const not = words[at] === '!=';
    if (not) at += 1;
    const said = words[at] ?? '';
    at += 1;
    // A mask, a concatenation or a map follows: the values aren't those of the field.
    if (said === 'vmap' || said === '.' || said === '&' || ['.', '&', 'and', ':'].includes(words[at] ?? ''))
      rule.unclear = true;
    return { not, values: listed(said.replace(/^\{(.*)\}$/, '$1')) };
  };
  while (at < words.length) {
    const word = words[at] ?? '';
    const two = `${word} ${words[at + 1] ?? ''}`;
    at += 1;
    const skipped = details[word];
    if (skipped !== undefined) at += skipped;
    else if (word === 'accept' || word === 'drop' || word === 'return') rule.verdict = word;
    else if (word === 'reject') {
      rule.verdict = 'drop';
      break;
    } else if (word === 'jump' || word === 'goto') {
      rule.verdict = { to: words[at] ?? '', back: word === 'jump' };
      at += 1;
    } else if (aboutSix.has(word)) {
      rule.never = true;
      at += 1;
      value();
    } else if (word === 'iifname' || word === 'iif') {
      const { not, values } = value();
      if (values.includes('"lo"') && values.length === 1) rule.never ||= !not;
      else rule.unclear = true;
    } else if (word === 'icmp') {
      rule.protocols.push({ not: false, values: ['icmp'] });
      at += 1;
      value();
    } else if (two === 'xt match' && words[at + 1] === '"comment"') at += 2;
    else if (two === 'ip saddr') {
      at += 1;
      rule.sources.push(value());
    } else if (two === 'tcp dport' || two === 'udp dport' || two === 'th dport') {
      if (word !== 'th') rule.protocols.push({ not: false, values: [word] });
      at += 1;
      rule.ports.push(value());
    } else if (two === 'ip protocol' || two === 'meta l4proto') {
      at += 1;
      rule.protocols.push(value());
    } else if (two === 'meta nfproto') {
      at += 1;
      const { not, values } = value();
      rule.never ||= values.includes('ipv6') !== not;
    } else if (two === 'ct state') {
      at += 1;
      rule.states.push(value());
    } else rule.unclear = true;
  }
  return rule;
}
