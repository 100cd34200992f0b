import { BlockList, isIPv4 } from 'node:net';
import type { Condition, FilterChain, FilterRule, Ruleset } from '#changes/parsers/nft-ruleset.ts';

/** What becomes of a new TCP connection from an IPv4 address to a port; any port where that is undefined. */
export interface Asked {
  readonly address: string;
  readonly port: number | undefined;
}

/** What the packet filter of a host does with it. Rules that let everybody in are no rule for this address. */
export interface Judged {
  /** The rule that lets the address in by its name, prefix, range or set. */
  readonly accepts?: FilterRule;
  /** One that may do so, under conditions that can't be judged here. */
  readonly perhaps?: FilterRule;
  /** What keeps it out: a rule that comes before, or a chain's policy. */
  readonly drops?: string;
}

/** Each base chain must let a packet through; in each the first rule that takes it decides. */
export function judge(ruleset: Ruleset, asked: Asked): Judged {
  const judged = ruleset.chains.filter(one => one.input).map(chain => judgeChain(ruleset, chain, asked));
  const accepts = judged.find(one => one.accepts !== undefined)?.accepts;
  const perhaps = judged.find(one => one.perhaps !== undefined)?.perhaps;
  const drops = judged.find(one => one.drops !== undefined)?.drops;
  return { ...(accepts && { accepts }), ...(perhaps && { perhaps }), ...(drops !== undefined && { drops }) };
}

type Answer = 'yes' | 'no' | 'maybe';

function judgeChain({ chains, sets }: Ruleset, base: FilterChain, asked: Asked): Judged {
  let accepts: FilterRule | undefined;
  let perhaps: FilterRule | undefined;
  let drops: string | undefined;
  let open: Answer = 'no';
  /** @returns whether a rule decided for good. */
  const walk = (chain: FilterChain, named: boolean, sure: boolean, from: readonly string[]): boolean => {
    for (const rule of chain.rules) {
      const elements = (name: string) => sets.get(`${chain.table} ${name}`);
      const takes = takesIt(rule, asked, elements);
      if (takes === 'no' || rule.verdict === undefined) continue;
      const certain = sure && takes === 'yes';
      const names = named || rule.sources.some(one => !one.not);
      if (typeof rule.verdict === 'object') {
        const { to, back } = rule.verdict;
        const next = chains.find(one => one.table === chain.table && one.name === to);
        if (next !== undefined && !from.includes(to) && walk(next, names, certain, [...from, to])) return true;
        if (certain && !back) return false;
      } else if (rule.verdict === 'accept') {
        if (!names) open = certain || open === 'yes' ? 'yes' : 'maybe';
        else if (certain) {
          accepts = rule;
          return true;
        } else perhaps ??= rule;
      } else if (certain) {
        if (rule.verdict === 'return') return false;
        if (open !== 'yes') drops = rule.text;
        return true;
      }
    }
    return false;
  };
  const decided = walk(base, false, true, [base.name]);
  if (!decided && base.policy === 'drop' && open === 'no' && perhaps === undefined)
    drops = `the policy of ${base.name} in table ${base.table}`;
  return { ...(accepts && { accepts }), ...(perhaps && { perhaps }), ...(drops !== undefined && { drops }) };
}

type Elements = (set: string) => readonly string[] | undefined;

function takesIt(rule: FilterRule, { address, port }: Asked, elements: Elements): Answer {
  if (rule.never) return 'no';
  // Of no port in particular: what drops some lets others be.
  const anyPort: Answer = rule.verdict === 'accept' ? 'yes' : 'maybe';
  const answers = [
    ...rule.sources.map(one => holds(one, elements, values => hasAddress(values, address))),
    ...rule.ports.map(one => (port === undefined ? anyPort : holds(one, elements, values => hasPort(values, port)))),
    ...rule.protocols.map(one => holds(one, elements, values => values.includes('tcp') || values.includes('6'))),
    ...rule.states.map(one => holds(one, elements, values => values.includes('new'))),
  ];
  if (answers.includes('no')) return 'no';
  return rule.unclear || answers.includes('maybe') ? 'maybe' : 'yes';
}

/** @param has whether values hold it; undefined: they can't be read. */
function holds(
  { not, values }: Condition,
  elements: Elements,
  has: (values: readonly string[]) => boolean | undefined,
): Answer {
  const all = values.flatMap(one => (one.startsWith('@') ? (elements(one.slice(1)) ?? ['?']) : [one]));
  const found = has(all);
  if (found === undefined || (found === false && all.includes('?'))) return 'maybe';
  return found === not ? 'no' : 'yes';
}

function hasAddress(values: readonly string[], address: string): boolean | undefined {
  const list = new BlockList();
  let unread = false;
  for (const value of values) {
    const [, first = '', sign, last = ''] = /^([\d.]+)(?:([-/])([\d.]+))?$/.exec(value) ?? [];
    if (!isIPv4(first)) unread = true;
    else if (sign === '/' && Number(last) <= 32) list.addSubnet(first, Number(last), 'ipv4');
    else if (sign === '-' && isIPv4(last)) list.addRange(first, last, 'ipv4');
    else if (sign === undefined) list.addAddress(first, 'ipv4');
    else unread = true;
  }
  return list.check(address, 'ipv4') || (unread ? undefined : false);
}

function hasPort(values: readonly string[], port: number): boolean | undefined {
  let unread = false;
  for (const value of values) {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(value) ?? [];
    if (first === undefined) unread = true;
    else if (Number(first) <= port && port <= Number(last)) return true;
  }
  return unread ? undefined : false;
}
