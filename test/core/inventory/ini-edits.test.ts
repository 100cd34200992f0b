import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEdit } from '#core/inventory/apply-edit.ts';
import type { InventoryEdit } from '#core/inventory/edit.ts';
import { hostLine, hostsIn, sectionsOf } from '#core/inventory/host-line.ts';
import { invertEdit } from '#core/inventory/invert-edit.ts';

const temporary = 'copr-be-dev-temp.aws.fedoraproject.org';
const inventory = [
  '# Hosts of everybody',
  '[proxies]',
  'proxy[01:14].example.org',
  '',
  '[copr_back_dev_aws]',
  'copr-be-dev.aws.fedoraproject.org',
  `#  ${temporary} birthday=true  # while upgrading`,
  '',
  '[copr_back_aws]',
  'copr-be.aws.fedoraproject.org   ansible_port=22\tfoo="a b"  # live',
  '# copr-be-temp is for upgrades only',
  '',
  '# all of copr',
  '[copr:children]',
  'copr_back_aws',
  '',
].join('\n');

const place = { file: 'inventory/inventory', section: 'copr_back_dev_aws', host: 'copr-be-dev.aws.fedoraproject.org' };
const prod = { file: 'inventory/inventory', section: 'copr_back_aws', host: 'copr-be.aws.fedoraproject.org' };

function changed(before: string, after: string): string[] {
  const old = before.split('\n');
  return after.split('\n').filter(line => !old.includes(line));
}

function wayBack(text: string, edit: InventoryEdit): string {
  return applyEdit(applyEdit(text, edit), invertEdit(text, edit));
}

describe("set-host-vars, a host's variables in a section", () => {
  it('adds a variable behind the name', () => {
    const after = applyEdit(inventory, { op: 'set-host-vars', ...place, vars: { birthday: 'yes' } });
    expect(changed(inventory, after)).toEqual(['copr-be-dev.aws.fedoraproject.org birthday=yes']);
  });

  it('adds it before a comment and keeps tabs, quotes and spaces', () => {
    const after = applyEdit(inventory, { op: 'set-host-vars', ...prod, vars: { birthday: 'yes' } });
    expect(changed(inventory, after)).toEqual([
      'copr-be.aws.fedoraproject.org   ansible_port=22\tfoo="a b" birthday=yes  # live',
    ]);
  });

  it('replaces the value of one that is there, and removes one with the space before it', () => {
    const one = applyEdit(inventory, { op: 'set-host-vars', ...prod, vars: { ansible_port: '23', foo: null } });
    expect(changed(inventory, one)).toEqual(['copr-be.aws.fedoraproject.org   ansible_port=23  # live']);
  });

  it('changes nothing when the line is so already', () => {
    const edit: InventoryEdit = { op: 'set-host-vars', ...prod, vars: { ansible_port: '22', birthday: null } };
    expect(applyEdit(inventory, edit)).toBe(inventory);
    expect(invertEdit(inventory, edit)).toEqual(edit);
  });

  it.each([
    [
      'a host that stands in a comment',
      { ...place, host: temporary },
      /isn't listed; it stands there in a comment, in line 7/,
    ],
    [
      'a host that only a range covers',
      { ...place, section: 'proxies', host: 'proxy03.example.org' },
      /proxy\[01:14\].example.org in line 3 covers it/,
    ],
    ['a section that is not there', { ...place, section: 'nobody' }, /has no section \[nobody\]/],
    ['a host of another section', { ...place, section: 'copr_back_aws' }, /isn't listed; the section begins in line 9/],
  ])('refuses %s and says what it found', (_, where, sentence) => {
    const edit: InventoryEdit = { op: 'set-host-vars', ...where, vars: { birthday: 'yes' } };
    expect(() => applyEdit(inventory, edit)).toThrow(expect.objectContaining({ code: 'no-such-line' }));
    expect(() => applyEdit(inventory, edit)).toThrow(sentence);
  });

  it('refuses a host that is listed twice in its section, naming both lines', () => {
    const twice = inventory.replace('\n#  copr', '\ncopr-be-dev.aws.fedoraproject.org a=1\n#  copr');
    const edit: InventoryEdit = { op: 'set-host-vars', ...place, vars: { birthday: 'yes' } };
    expect(() => applyEdit(twice, edit)).toThrow(expect.objectContaining({ code: 'ambiguous-line' }));
    expect(() => applyEdit(twice, edit)).toThrow(/lines 6, 7/);
  });

  it.each(['a b', '"a', 'x # y', 'yes\nevil', "'"])('refuses the value %j, which is not one word', value => {
    expect(() => applyEdit(inventory, { op: 'set-host-vars', ...place, vars: { birthday: value } })).toThrow(
      /one word/,
    );
  });
});

describe('list-host and unlist-host', () => {
  const list: InventoryEdit = {
    op: 'list-host',
    ...place,
    host: temporary,
    vars: { birthday: 'yes', services_disabled: 'True' },
  };

  it('uncomments the line, sets the variables and keeps its comment', () => {
    expect(changed(inventory, applyEdit(inventory, list))).toEqual([
      `${temporary} birthday=yes services_disabled=True  # while upgrading`,
    ]);
    expect(wayBack(inventory, list)).toBe(inventory);
  });

  it('adds a line below the last host where there is none, not below the comment of the next section', () => {
    const edit: InventoryEdit = { ...list, section: 'copr_back_aws', host: 'copr-be-temp.aws.fedoraproject.org' };
    const after = applyEdit(inventory, edit);
    expect(after).toContain(
      '# live\ncopr-be-temp.aws.fedoraproject.org birthday=yes services_disabled=True\n# copr-be-temp is',
    );
    expect(wayBack(inventory, edit)).toBe(inventory);
  });

  it("keeps CRLF, and a last line's missing end", () => {
    const dos = '[copr_back_dev_aws]\r\nother.example.org\r\n[next]\r\nx.example.org';
    expect(applyEdit(dos, { ...list, vars: {} })).toBe(
      `[copr_back_dev_aws]\r\nother.example.org\r\n${temporary}\r\n[next]\r\nx.example.org`,
    );
    const atEnd: InventoryEdit = { ...list, section: 'next', vars: {} };
    expect(applyEdit(dos, atEnd)).toBe(`${dos}\r\n${temporary}`);
    expect(wayBack(dos, atEnd)).toBe(dos);
  });

  it("puts the line back as it was although others' commits changed lines around it", () => {
    const inverse = invertEdit(inventory, list);
    const others = (text: string) => `# new head\n${text.replace('ansible_port=22', 'ansible_port=2222')}`;
    expect(applyEdit(others(applyEdit(inventory, list)), inverse)).toBe(others(inventory));
  });

  it('sets the variables of a host that is listed already, and can put them back', () => {
    const edit: InventoryEdit = { ...list, host: place.host };
    expect(changed(inventory, applyEdit(inventory, edit))).toEqual([
      'copr-be-dev.aws.fedoraproject.org birthday=yes services_disabled=True',
    ]);
    expect(wayBack(inventory, edit)).toBe(inventory);
  });

  it('refuses to choose between two commented lines', () => {
    const twice = inventory.replace('#  copr-be-dev-temp', `#${temporary}\n#  copr-be-dev-temp`);
    expect(() => applyEdit(twice, list)).toThrow(/more than once, in lines 7, 8/);
  });

  it('puts back no line that is not of that host', () => {
    const edit = { op: 'unlist-host', ...place, host: temporary } as const;
    const listed = applyEdit(inventory, list);
    expect(() => applyEdit(listed, { ...edit, was: 'evil.example.org' })).toThrow(/isn't a line of/);
    expect(() => applyEdit(listed, { ...edit, was: `#${temporary}\nevil.example.org` })).toThrow(/isn't a line of/);
  });
});

describe('lookups', () => {
  it('finds a line by section and host, in a comment too', () => {
    expect(hostLine(inventory, 'copr_back_dev_aws', temporary)).toEqual({
      line: 7,
      text: `#  ${temporary} birthday=true  # while upgrading`,
      listed: false,
      vars: { birthday: 'true' },
    });
    expect(hostLine(inventory, 'copr_back_aws', prod.host)?.vars).toEqual({ ansible_port: '22', foo: '"a b"' });
    expect(hostLine(inventory, 'proxies', temporary)).toBeUndefined();
  });

  it('tells the sections of a host and the hosts of a section', () => {
    expect(sectionsOf(inventory, prod.host)).toEqual(['copr_back_aws']);
    expect(hostsIn(inventory, 'copr:children')).toEqual(['copr_back_aws']);
  });
});

describe('any inventory', () => {
  const names = fc.constantFrom('a.example.org', 'b.example.org', 'b-temp.example.org', 'c[01:20].example.org');
  const vars = fc.constantFrom('', ' x=1', '  birthday=no', '\tport=22 y="a b"', " z='#'  # a comment", '   ');
  const line = fc.oneof(
    fc.tuple(fc.constantFrom('', '#', '# ', '  ; '), names, vars).map(parts => parts.join('')),
    fc.constantFrom(
      '',
      '# prose about b.example.org here',
      '   ',
      '[other:vars]',
      'k = v',
      '[one]',
      '[two] # c',
      '; x',
    ),
  );
  const file = fc
    .tuple(fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n')), { maxLength: 25 }), fc.boolean())
    .map(([lines, open]) => {
      const text = ['[one]\n', ...lines.map(([body, end]) => body + end)].join('');
      return open ? text.replace(/\r?\n$/, '') : text;
    });
  const edit: fc.Arbitrary<InventoryEdit> = fc
    .record({
      op: fc.constantFrom('set-host-vars' as const, 'list-host' as const),
      section: fc.constantFrom('one', 'two'),
      host: fc.constantFrom('a.example.org', 'b.example.org', 'b-temp.example.org'),
      vars: fc.dictionary(fc.constantFrom('birthday', 'x', 'y'), fc.constantFrom('yes', '"a b"', '2'), { maxKeys: 2 }),
    })
    .map(parts => ({ file: 'i', ...parts }));

  it('an edit and its inverse give back every byte, and only lines of that host change', () => {
    let applied = 0;
    fc.assert(
      fc.property(file, edit, (text, one) => {
        let after: string;
        try {
          after = applyEdit(text, one);
        } catch {
          return;
        }
        applied += 1;
        expect(applyEdit(after, invertEdit(text, one))).toBe(text);
        expect(applyEdit(after, one)).toBe(after);
        const old = text.split(/(?<=\n)/);
        const fresh = after.split(/(?<=\n)/);
        const host = 'host' in one ? one.host : '';
        const others = (lines: string[]) => lines.filter(part => !part.includes(host)).map(part => part.trimEnd());
        expect(others(fresh)).toEqual(others(old));
        expect(Math.abs(fresh.length - old.length)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 2000 },
    );
    expect(applied).toBeGreaterThan(500);
  });

  it('taking a host out leaves every other line, or says that it cannot', () => {
    fc.assert(
      fc.property(file, text => {
        const out = { op: 'unlist-host', file: 'i', section: 'one', host: 'a.example.org', was: null } as const;
        let after: string;
        try {
          after = applyEdit(text, out);
        } catch {
          return;
        }
        expect(hostLine(after, 'one', 'a.example.org')?.listed ?? false).toBe(false);
        try {
          expect(applyEdit(after, invertEdit(text, out))).toBe(text);
        } catch (error) {
          expect(error).toMatchObject({ code: 'no-inverse' });
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('white space of a line', () => {
  const odd = (line: string) => `[copr_back_dev_aws]\n${line}\n`;
  const host = 'copr-be-dev.aws.fedoraproject.org';
  it('a no-break space is no separator: it belongs to its word', () => {
    expect(hostLine(odd(`${host}\u00a0birthday=yes`), 'copr_back_dev_aws', host)).toBeUndefined();
    expect(hostLine(odd(`${host} a=1\u00a0b=2`), 'copr_back_dev_aws', host)?.vars).toEqual({ a: '1\u00a0b=2' });
    for (const space of ['\f', '\v', '\u2003'])
      expect(hostsIn(odd(`${host}${space}a=1`), 'copr_back_dev_aws'), JSON.stringify(space)).toEqual([
        `${host}${space}a=1`,
      ]);
  });

  it('at the ends of a line it is taken away, as Ansible does, and stays in the file', () => {
    const text = odd(`\u00a0${host}\u00a0`);
    expect(hostsIn(text, 'copr_back_dev_aws')).toEqual([host]);
    const edit: InventoryEdit = { op: 'set-host-vars', ...place, vars: { birthday: 'yes' } };
    expect(applyEdit(text, edit)).toBe(odd(`\u00a0${host} birthday=yes\u00a0`));
    expect(wayBack(text, edit)).toBe(text);
  });

  it('is no part of what is removed with a variable', () => {
    const text = odd(`${host} a=1\u00a0 birthday=yes`);
    expect(applyEdit(text, { op: 'set-host-vars', ...place, vars: { birthday: null } })).toBe(odd(`${host} a=1\u00a0`));
  });
});
