import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { applyEdit } from '#core/inventory/apply-edit.ts';
import { applyEdits, invertEdits } from '#core/inventory/apply-edits.ts';
import type { InventoryEdit } from '#core/inventory/edit.ts';
import { invertEdit } from '#core/inventory/invert-edit.ts';
import { addressesUnder, scalarOf } from '#core/inventory/yaml-lookup.ts';

const old = '172.30.2.9';
const fresh = '172.30.2.194';
const keygen = `---
# the backend is 172.30.2.9 today
services_disabled: false   # until 2026-12-01
keygen_host: "54.83.48.73"
copr_backend_ips: ["18.208.10.131", "172.30.2.9"]	
custom_rules: [
    # copr-be-dev, 172.30.2.9
    '-A INPUT -p tcp -m tcp -s 172.30.2.9       --dport 80   -j ACCEPT',
    '-A INPUT -p tcp -m tcp -s 172.30.2.9       --dport 5167 -j ACCEPT', # sign
    '-A INPUT -p tcp -m tcp -s 172.30.2.94      --dport 80   -j ACCEPT',
    '-A INPUT -p tcp -m tcp -s 18.208.10.131    --dport 80   -j ACCEPT',
]
nft_custom_rules:
  - 'add rule ip filter INPUT ip saddr 172.30.2.9      tcp dport 80   counter accept'
  - 'add rule ip filter INPUT ip saddr 18.208.10.131   tcp dport 80   counter accept'  
  # 172.30.2.9 signs
  - 'add rule ip filter INPUT ip saddr 172.30.2.9      tcp dport 5167 counter accept'`;

const at = (key: string) => ({ file: 'inventory/group_vars/copr_keygen_dev_aws', key });
const wayBack = (text: string, edit: InventoryEdit) => applyEdit(applyEdit(text, edit), invertEdit(text, edit));
const newLines = (before: string, after: string) =>
  after.split('\n').filter(line => !before.split('\n').includes(line));

describe('set-scalar', () => {
  it('keeps quotes, spaces and the comment behind', () => {
    const off: InventoryEdit = { op: 'set-scalar', ...at('services_disabled'), from: 'false', to: 'true' };
    expect(newLines(keygen, applyEdit(keygen, off))).toEqual(['services_disabled: true   # until 2026-12-01']);
    const host: InventoryEdit = { op: 'set-scalar', ...at('keygen_host'), from: '54.83.48.73', to: '1.2.3.4' };
    expect(newLines(keygen, applyEdit(keygen, host))).toEqual(['keygen_host: "1.2.3.4"']);
    expect(wayBack(keygen, host)).toBe(keygen);
  });

  it('refuses another value than the expected one and shows it', () => {
    const edit: InventoryEdit = { op: 'set-scalar', ...at('keygen_host'), from: '9.9.9.9', to: '1.2.3.4' };
    expect(() => applyEdit(keygen, edit)).toThrow(
      /line 4: keygen_host is "54.83.48.73", neither "9.9.9.9" nor "1.2.3.4"/,
    );
  });

  it.each([
    ['is not there', 'nothing', /has no top-level key nothing/],
    ['is a list', 'custom_rules', /custom_rules is no value on one line/],
  ])('refuses a key that %s', (_, key, sentence) => {
    expect(() => applyEdit(keygen, { op: 'set-scalar', ...at(key), from: 'a', to: 'b' })).toThrow(sentence);
  });

  it('refuses a key that stands twice, naming both lines', () => {
    const edit: InventoryEdit = { op: 'set-scalar', ...at('a'), from: '1', to: '2' };
    expect(() => applyEdit('a: 1\nb: 1\na: 1\n', edit)).toThrow(/in lines 1, 3/);
  });

  it.each(['x: y', '#x', '"', 'a\nb: c', '{{ evil }}', '', '- x'])('refuses to write %j unquoted', to => {
    expect(() => applyEdit(keygen, { op: 'set-scalar', ...at('services_disabled'), from: 'false', to })).toThrow(
      /can't be written/,
    );
  });

  it('names the line of what is no YAML', () => {
    const edit: InventoryEdit = { op: 'set-scalar', ...at('a'), from: '1', to: '2' };
    expect(() => applyEdit('a: 1\nb: [1\nc: 2\n', edit)).toThrow(/line \d: this is no YAML/);
  });
});

describe('replace-address', () => {
  it('keeps columns, leaves comments and longer addresses alone', () => {
    const edit: InventoryEdit = { op: 'replace-address', ...at('custom_rules'), from: old, to: fresh };
    expect(newLines(keygen, applyEdit(keygen, edit))).toEqual([
      "    '-A INPUT -p tcp -m tcp -s 172.30.2.194     --dport 80   -j ACCEPT',",
      "    '-A INPUT -p tcp -m tcp -s 172.30.2.194     --dport 5167 -j ACCEPT', # sign",
    ]);
    expect(wayBack(keygen, edit)).toBe(keygen);
  });

  it('changes nothing else of a line that is not padded', () => {
    const text = "rules: ['-s 10.0.0.1 --dport 80', '-s 10.0.0.2 --dport 80']\n";
    const edit: InventoryEdit = { op: 'replace-address', ...at('rules'), from: '10.0.0.1', to: '10.100.100.1' };
    expect(applyEdit(text, edit)).toBe("rules: ['-s 10.100.100.1 --dport 80', '-s 10.0.0.2 --dport 80']\n");
    expect(wayBack(text, edit)).toBe(text);
  });

  it('finds its way back from an address that sticks out of its column', () => {
    const text = "r:\n  - '-s 10.0.0.1  --dport 80'\n  - '-s 10.0.0.22 --dport 80'\n  - '-s 10.0.0.3  --dport 80'\n";
    const edit: InventoryEdit = { op: 'replace-address', ...at('r'), from: '10.0.0.1', to: '10.100.100.100' };
    expect(applyEdit(text, edit)).toContain("'-s 10.100.100.100 --dport 80'");
    expect(wayBack(text, edit)).toBe(text);
  });

  it('keeps a prefix length, and works on IPv6', () => {
    const text = 'aws_ipv6_addr: "2600:1f18::c2f9/128"\n';
    const edit: InventoryEdit = {
      op: 'replace-address',
      ...at('aws_ipv6_addr'),
      from: '2600:1f18::c2f9',
      to: '2600::1',
    };
    expect(applyEdit(text, edit)).toBe('aws_ipv6_addr: "2600::1/128"\n');
  });

  it('refuses when the new address stands beside the old one already', () => {
    const edit: InventoryEdit = { op: 'replace-address', ...at('copr_backend_ips'), from: old, to: '18.208.10.131' };
    expect(() => applyEdit(keygen, edit)).toThrow(expect.objectContaining({ code: 'ambiguous-line' }));
    expect(() => applyEdit(keygen, edit)).toThrow(/holds 18.208.10.131 already, in line 5/);
  });

  it('refuses an address that is not there and shows what is', () => {
    const edit: InventoryEdit = { op: 'replace-address', ...at('copr_backend_ips'), from: '172.30.2.1', to: fresh };
    expect(() => applyEdit(keygen, edit)).toThrow(/doesn't name 172.30.2.1; it holds 18.208.10.131, 172.30.2.9$/);
  });

  it.each(['10.0.0', "1.2.3.4' -j", '10.0.0.1/24', ''])('refuses %j, which is no address', to => {
    const edit: InventoryEdit = { op: 'replace-address', ...at('copr_backend_ips'), from: old, to };
    expect(() => applyEdit(keygen, edit)).toThrow(/is no IPv4 or IPv6 address/);
  });
});

describe('add-address and drop-address', () => {
  it('add a rule below each that names the first address, in its columns', () => {
    const edit: InventoryEdit = { op: 'add-address', ...at('custom_rules'), beside: old, address: fresh };
    const after = applyEdit(keygen, edit);
    expect(newLines(keygen, after)).toEqual([
      "    '-A INPUT -p tcp -m tcp -s 172.30.2.194     --dport 80   -j ACCEPT',",
      "    '-A INPUT -p tcp -m tcp -s 172.30.2.194     --dport 5167 -j ACCEPT',",
    ]);
    expect(after.split('\n')).toHaveLength(keygen.split('\n').length + 2);
    expect(wayBack(keygen, edit)).toBe(keygen);
  });

  it('work on block lists, at the end of a file without line end too', () => {
    const edit: InventoryEdit = { op: 'add-address', ...at('nft_custom_rules'), beside: old, address: fresh };
    const after = applyEdit(keygen, edit);
    expect(newLines(keygen, after)).toEqual([
      "  - 'add rule ip filter INPUT ip saddr 172.30.2.194    tcp dport 80   counter accept'",
      "  - 'add rule ip filter INPUT ip saddr 172.30.2.194    tcp dport 5167 counter accept'",
    ]);
    expect(after.endsWith("accept'")).toBe(true);
    expect(wayBack(keygen, edit)).toBe(keygen);
  });

  it('work on a list of addresses on one line', () => {
    const edit: InventoryEdit = { op: 'add-address', ...at('copr_backend_ips'), beside: old, address: fresh };
    expect(newLines(keygen, applyEdit(keygen, edit))).toEqual([
      'copr_backend_ips: ["18.208.10.131", "172.30.2.9", "172.30.2.194"]\t',
    ]);
    expect(wayBack(keygen, edit)).toBe(keygen);
  });

  it('done twice is done once, and a half-done list is refused', () => {
    const edit: InventoryEdit = { op: 'add-address', ...at('custom_rules'), beside: old, address: fresh };
    const after = applyEdit(keygen, edit);
    expect(applyEdit(after, edit)).toBe(after);
    expect(invertEdit(after, edit)).toEqual(edit);
    const half = after.replace(/.*172.30.2.194 {5}--dport 5167.*\n/, '');
    expect(() => applyEdit(half, edit)).toThrow(/but not just beside 172.30.2.9/);
  });

  it('the old address dropped after the new one came can be put back before it', () => {
    for (const key of ['custom_rules', 'nft_custom_rules', 'copr_backend_ips']) {
      const plain = keygen.replace(', # sign', ',');
      const both = applyEdit(plain, { op: 'add-address', ...at(key), beside: old, address: fresh });
      const drop: InventoryEdit = { op: 'drop-address', ...at(key), address: old };
      expect(addressesUnder(applyEdit(both, drop), key)).not.toContain(old);
      expect(wayBack(both, drop)).toBe(both);
    }
  });

  it("an element's own comment goes with it, and then nothing puts it back exactly", () => {
    const drop: InventoryEdit = { op: 'drop-address', ...at('custom_rules'), address: old };
    expect(() => invertEdit(keygen, drop)).toThrow(expect.objectContaining({ code: 'no-inverse' }));
  });

  it('refuse a key that is no list', () => {
    const edit: InventoryEdit = { op: 'add-address', ...at('keygen_host'), beside: '54.83.48.73', address: fresh };
    expect(() => applyEdit(keygen, edit)).toThrow(/keygen_host is no list/);
  });
});

describe('several edits of several files', () => {
  const files = { a: 'x: 1\nips: ["10.0.0.1"]\n', b: '[s]\nh.example.org\n' };
  const edits: InventoryEdit[] = [
    { op: 'set-scalar', file: 'a', key: 'x', from: '1', to: '2' },
    { op: 'add-address', file: 'a', key: 'ips', beside: '10.0.0.1', address: '10.0.0.2' },
    { op: 'set-host-vars', file: 'b', section: 's', host: 'h.example.org', vars: { birthday: 'yes' } },
    { op: 'set-scalar', file: 'a', key: 'x', from: '2', to: '3' },
  ];

  it('apply in order, and their inverses in reverse give back the files', () => {
    const after = applyEdits(files, edits);
    expect(after).toEqual({ a: 'x: 3\nips: ["10.0.0.1", "10.0.0.2"]\n', b: '[s]\nh.example.org birthday=yes\n' });
    expect(applyEdits(after, invertEdits(files, edits))).toEqual(files);
  });

  it('a file that nothing changed is left out, one that is not there is named', () => {
    expect(Object.keys(applyEdits(files, edits.slice(0, 1)))).toEqual(['a']);
    expect(() => applyEdits({ a: files.a }, edits)).toThrow(/has no file b/);
  });
});

describe('any list of rules', () => {
  const mine = '10.0.0.10';
  const others = ['10.0.0.1', '10.0.0.100', '192.168.100.100', '2600:1f18::1', '10.0.0.10.example'];
  const layout = fc.record({
    style: fc.constantFrom('block', 'lines', 'bracket', 'inline'),
    eol: fc.constantFrom('\n', '\r\n'),
    quote: fc.constantFrom("'", '"'),
    width: fc.constantFrom(0, 12, 18),
    trailing: fc.boolean(),
    tail: fc.constantFrom('', '  ', '\t'),
    comments: fc.boolean(),
    rest: fc.boolean(),
  });
  const rows = fc.array(fc.tuple(fc.constantFrom(mine, mine, ...others), fc.constantFrom('80', '5167')), {
    minLength: 1,
    maxLength: 6,
  });

  function written(
    {
      style,
      eol,
      quote,
      width,
      trailing,
      tail,
      comments,
      rest,
    }: typeof layout extends fc.Arbitrary<infer T> ? T : never,
    list: [string, string][],
  ): string {
    const items = list.map(([address, port]) => `${quote}-s ${address.padEnd(width)} --dport ${port}${quote}`);
    const note = (index: number) => (comments && index % 2 === 1 ? `${tail} # ${mine} is the backend` : tail);
    const comma = (index: number) => (index < items.length - 1 || trailing ? ',' : '');
    const end = rest ? `${eol}after: ${mine}${eol}` : '';
    const head = `# ${mine}${eol}before: 'é ${mine}'  ${eol}`;
    if (style === 'block')
      return `${head}rules:${eol}${items.map((item, i) => `  -  ${item}${note(i)}`).join(eol)}${end}`;
    if (style === 'lines')
      return `${head}rules: [${eol}${items.map((item, i) => `    ${item}${comma(i)}${note(i)}${eol}`).join('')}]${end}`;
    if (style === 'bracket')
      return `${head}rules: [ ${items.map((item, i) => `${item}${comma(i)}`).join(`${tail}${eol}         `)} ]${end}`;
    return `${head}rules: [${items.join(', ')}${trailing ? ',' : ''}]${tail}${end}`;
  }

  const edits: fc.Arbitrary<InventoryEdit> = fc
    .constantFrom('10.0.0.2', '10.0.0.222', '203.0.113.113')
    .chain(to =>
      fc.constantFrom<InventoryEdit>(
        { op: 'replace-address', ...at('rules'), from: mine, to },
        { op: 'add-address', ...at('rules'), beside: mine, address: to },
        { op: 'add-address', ...at('rules'), beside: mine, address: to, where: 'before' },
      ),
    );

  it('is changed as intended as YAML reads it, nowhere else, and goes back byte for byte', () => {
    let applied = 0;
    fc.assert(
      fc.property(layout, rows, edits, (how, list, edit) => {
        const text = written(how, list);
        const before = parse(text);
        if (!list.some(([address]) => address === mine)) {
          expect(() => applyEdit(text, edit)).toThrow(expect.objectContaining({ code: 'no-such-line' }));
          return;
        }
        applied += 1;
        const after = applyEdit(text, edit);
        const read = parse(after);
        const squeeze = (rules: string[]) => rules.map(rule => rule.replaceAll(/ +/g, ' '));
        const to = edit.op === 'replace-address' ? edit.to : 'address' in edit ? edit.address : '';
        const wanted = squeeze(before.rules).flatMap(rule => {
          if (!/ 10\.0\.0\.10 /.test(rule)) return [rule];
          const other = rule.replace(mine, to);
          if (edit.op === 'replace-address') return [other];
          return 'where' in edit ? [other, rule] : [rule, other];
        });
        expect(squeeze(read.rules)).toEqual(wanted);
        expect({ ...read, rules: 0 }).toEqual({ ...before, rules: 0 });
        expect(after.match(/#.*/g)).toEqual(text.match(/#.*/g));
        expect(applyEdit(after, edit)).toBe(after);
        expect(applyEdit(after, invertEdit(text, edit))).toBe(text);
      }),
      { numRuns: 3000 },
    );
    expect(applied).toBeGreaterThan(1000);
  });

  it('loses an address whole or not at all', () => {
    fc.assert(
      fc.property(layout, rows, (how, list) => {
        const text = written(how, list);
        const drop: InventoryEdit = { op: 'drop-address', ...at('rules'), address: mine };
        // A block list without elements would be no list any more.
        if (how.style === 'block' && list.every(([address]) => address === mine)) {
          expect(() => applyEdit(text, drop)).toThrow(expect.objectContaining({ code: 'ambiguous-line' }));
          return;
        }
        const after = applyEdit(text, drop);
        const before = parse(text);
        const read = parse(after);
        expect(read.rules).toEqual(before.rules.filter((rule: string) => !/ 10\.0\.0\.10 /.test(rule)));
        expect({ ...read, rules: 0 }).toEqual({ ...before, rules: 0 });
      }),
      { numRuns: 2000 },
    );
  });
});

describe('lookups', () => {
  it('give the scalar of a key and the addresses below one, without those in comments', () => {
    expect(scalarOf(keygen, 'services_disabled')).toBe('false');
    expect(scalarOf(keygen, 'custom_rules')).toBeUndefined();
    expect(scalarOf(keygen, 'nothing')).toBeUndefined();
    expect(addressesUnder(keygen, 'custom_rules')).toEqual([old, '172.30.2.94', '18.208.10.131']);
    expect(addressesUnder(keygen, 'keygen_host')).toEqual(['54.83.48.73']);
    expect(addressesUnder(keygen, 'nothing')).toEqual([]);
  });
});
