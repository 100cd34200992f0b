import { describe, expect, it } from 'vitest';
import { parseRuleset } from '#changes/parsers/nft-ruleset.ts';

/** Printed by `nft list ruleset`, nft 1.0.6; the first table was made by iptables-nft 1.8.9. */
const printed = `# Warning: table ip filter is managed by iptables-nft, do not touch!
table ip filter {
	chain INPUT {
		type filter hook input priority filter; policy accept;
		ip saddr 172.30.2.145 tcp dport 80 counter packets 0 bytes 0 accept
		meta l4proto tcp ip saddr 10.0.0.0/8 tcp dport { 80, 5167 }  counter packets 0 bytes 0 accept
		ct state related,established counter packets 0 bytes 0 accept
		iifname "lo" counter packets 0 bytes 0 accept
		ip saddr != 10.1.2.3 tcp dport 80 counter packets 0 bytes 0 accept
		meta l4proto tcp ip saddr 10.0.0.1-10.0.0.9 tcp dport 80-90 counter packets 0 bytes 0 accept
		ip saddr 1.2.3.4 tcp dport 5167 counter packets 0 bytes 0 reject with icmp type host-prohibited
	}

	chain OUTPUT {
		type filter hook output priority filter; policy accept;
		ip saddr 172.30.2.77 counter packets 0 bytes 0 accept
	}
}
table ip6 filter {
	chain INPUT {
		type filter hook input priority filter; policy drop;
	}
}
table inet f2 {
	set backends {
		type ipv4_addr
		flags interval
		elements = { 10.0.0.1-10.0.0.7, 172.30.2.9,
			     172.30.4.0/24 }
	}

	set many {
		type ipv4_addr
		flags timeout
		elements = { 172.30.2.1, 172.30.2.2,
			     172.30.2.7 timeout 1h expires 59m59s996ms }
	}

	set pairs {
		type ipv4_addr . inet_service
		elements = { 172.30.2.9 . 5167,
			     172.30.2.9 . 80 }
	}

	map m {
		type ipv4_addr : verdict
		elements = { 172.30.2.9 : accept }
	}

	chain svc {
		tcp dport { 80, 5167 } counter packets 0 bytes 0 accept comment "keygen 172.30.2.99"
		return
	}

	chain input {
		type filter hook input priority filter; policy drop;
		ct state vmap { invalid : drop, established : accept }
		ip saddr @backends tcp dport { 80, 5167 } counter packets 0 bytes 0 accept
		ip saddr { 172.30.2.9, 172.30.2.94 } tcp dport 80-90 counter packets 3 bytes 5 log prefix "x accept" drop
		ip saddr 172.30.2.0/24 jump svc
		ip saddr . tcp dport @pairs accept
		ip saddr vmap @m
		ip saddr 172.30.2.8 tcp dport 80 limit rate 5/second accept
		ip saddr 172.30.2.8 ip daddr 1.2.3.4 tcp dport != 80 accept
		th dport 80 meta l4proto { tcp, udp } ip saddr 1.1.1.1 accept
		ip6 saddr fe80::/10 udp dport 546 accept
		ip protocol icmp counter packets 0 bytes 0 accept
	}
}
`;

const { chains, sets } = parseRuleset(printed);
const rulesOf = (table: string, name: string) => chains.find(one => one.table === table && one.name === name)?.rules;
const is = (...values: string[]) => [{ not: false, values }];

describe('nft list ruleset', () => {
  it('has chains, of which those that filter what comes in are known, and none of IPv6', () => {
    expect(chains.map(({ table, name, input, policy }) => [table, name, input, policy])).toEqual([
      ['ip filter', 'INPUT', true, 'accept'],
      ['ip filter', 'OUTPUT', false, 'accept'],
      ['inet f2', 'svc', false, 'accept'],
      ['inet f2', 'input', true, 'drop'],
    ]);
  });

  it('says of each rule where a packet comes from, where it goes, and what becomes of it', () => {
    expect(rulesOf('ip filter', 'INPUT')).toMatchObject([
      { sources: is('172.30.2.145'), ports: is('80'), protocols: is('tcp'), unclear: false, verdict: 'accept' },
      { sources: is('10.0.0.0/8'), ports: is('80', '5167'), unclear: false, verdict: 'accept' },
      { sources: [], states: is('related', 'established'), unclear: false, verdict: 'accept' },
      { never: true, verdict: 'accept' },
      { sources: [{ not: true, values: ['10.1.2.3'] }], unclear: false, verdict: 'accept' },
      { sources: is('10.0.0.1-10.0.0.9'), ports: is('80-90'), unclear: false, verdict: 'accept' },
      {
        sources: is('1.2.3.4'),
        verdict: 'drop',
        text: expect.stringMatching(/^ip saddr 1\.2\.3\.4 tcp dport 5167 reject/),
      },
    ]);
  });

  it('has verdicts after logs and comments, jumps, and what can’t be told', () => {
    expect(rulesOf('inet f2', 'svc')).toMatchObject([
      { sources: [], ports: is('80', '5167'), unclear: false, verdict: 'accept' },
      { verdict: 'return' },
    ]);
    expect(rulesOf('inet f2', 'input')).toMatchObject([
      { unclear: true, verdict: undefined },
      { sources: is('@backends'), unclear: false, verdict: 'accept' },
      { sources: is('172.30.2.9', '172.30.2.94'), unclear: false, verdict: 'drop' },
      { sources: is('172.30.2.0/24'), unclear: false, verdict: { to: 'svc', back: true } },
      { unclear: true, verdict: 'accept' },
      { unclear: true, verdict: undefined },
      { unclear: true, verdict: 'accept' },
      { unclear: true, ports: [{ not: true, values: ['80'] }], verdict: 'accept' },
      { sources: is('1.1.1.1'), ports: is('80'), protocols: is('tcp', 'udp'), unclear: false, verdict: 'accept' },
      { never: true },
      { protocols: is('icmp'), unclear: false, verdict: 'accept' },
    ]);
  });

  it('has the elements of sets over several lines, none of a set of pairs', () => {
    expect([...sets]).toEqual([
      ['inet f2 backends', ['10.0.0.1-10.0.0.7', '172.30.2.9', '172.30.4.0/24']],
      ['inet f2 many', ['172.30.2.1', '172.30.2.2', '172.30.2.7']],
      ['inet f2 pairs', []],
    ]);
  });

  it('of a host without rules is empty', () => {
    expect(parseRuleset('')).toEqual({ chains: [], sets: new Map() });
  });
});
