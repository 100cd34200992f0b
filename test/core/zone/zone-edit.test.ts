import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linePatch } from '#core/zone/line-patch.ts';
import { bumpedSerial, isNewer } from '#core/zone/serial.ts';
import { aaaaOf, applyZoneEdit, invertZoneEdit, type ZoneEdit, type ZonePlace } from '#core/zone/zone-edit.ts';
import { recordsOf } from '#core/zone/zone-file.ts';

const zone = `; the zone, by hand
$TTL 1h
@	IN	SOA	ns01.example.org. hostmaster.example.org. (
			2026111403 ; serial
			3h ; refresh
			1h 1w 5m )
	IN	NS	ns01
ns01	IN A	192.0.2.53
note 5m	IN TXT	"semicolon ; and ( parenthesis" ; AAAA 2001:db8::9
$ORIGIN aws.example.org.
copr-be	IN	A	192.0.2.7
	IN	AAAA	2001:DB8:0:0::7 ; moves never
copr-fe	IN 300 AAAA 2001:db8::8
copr-be-dev  IN AAAA   2001:db8::7
twice AAAA 2001:db8::1
twice AAAA 2001:db8::2`;
const place: ZonePlace = { zone: 'example.org', file: 'master/example.org', name: 'copr-be.aws.example.org' };
const frontend = { ...place, name: 'copr-fe.aws.example.org' };
const today = Date.UTC(2026, 10, 25);
const move: ZoneEdit = { op: 'set-address', from: '2001:db8::7', to: '2001:db8::17' };

function differing(before: string, after: string): string[] {
  const [was, is] = [before.split('\n'), after.split('\n')];
  expect(is).toHaveLength(was.length);
  return is.filter((line, index) => line !== was[index]);
}

describe('an edit of a zone file', () => {
  it('changes one address and the serial, and no other byte', () => {
    expect(differing(zone, applyZoneEdit(zone, place, move, today))).toEqual([
      '\t\t\t2026112500 ; serial',
      '\tIN\tAAAA\t2001:db8::17 ; moves never',
    ]);
  });

  it('writes a time where none stands, replaces one that does, and takes it away again', () => {
    const low: ZoneEdit = { op: 'set-ttl', from: null, to: '60' };
    expect(differing(zone, applyZoneEdit(zone, place, low, today))[1]).toBe(
      '\t60 IN\tAAAA\t2001:DB8:0:0::7 ; moves never',
    );
    const lower: ZoneEdit = { op: 'set-ttl', from: '300', to: '60' };
    expect(differing(zone, applyZoneEdit(zone, frontend, lower, today))[1]).toBe('copr-fe\tIN 60 AAAA 2001:db8::8');
  });

  it('is taken back by its inverse, byte for byte but for the serial', () => {
    const edits: [ZonePlace, ZoneEdit][] = [
      [place, { ...move, from: '2001:DB8:0:0::7' } as ZoneEdit],
      [place, { op: 'set-ttl', from: null, to: '60' }],
      [frontend, { op: 'set-ttl', from: '300', to: '1m' }],
    ];
    for (const [where, edit] of edits) {
      const there = applyZoneEdit(zone, where, edit, today);
      const back = applyZoneEdit(there, where, invertZoneEdit(edit), today);
      expect(differing(zone, back)).toEqual(['\t\t\t2026112501 ; serial']);
    }
  });

  it('leaves the text alone where it finds its work done', () => {
    const there = applyZoneEdit(zone, place, move, today);
    expect(applyZoneEdit(there, place, move, today + 86_400_000)).toBe(there);
  });

  it('is refused where the record is another, is none or is several, or the serial is no number', () => {
    const refused = (text: string, where: ZonePlace, edit: ZoneEdit = move) => {
      try {
        applyZoneEdit(text, where, edit, today);
      } catch (error) {
        return (error as { code: string }).code;
      }
      return 'applied';
    };
    expect(refused(zone, frontend)).toBe('other-record');
    expect(refused(zone, { ...place, name: 'nobody.example.org' })).toBe('no-such-record');
    expect(refused(zone, { ...place, name: 'twice.aws.example.org' })).toBe('ambiguous-record');
    expect(refused(zone.replace('2026111403', '{{serial}}'), place)).toBe('no-serial');
    expect(refused(zone.replace('1h 1w 5m )', '1h 1w 5m'), place)).toBe('unreadable-zone');
    expect(refused(`copr-be.aws AAAA 2001:db8::7\n${zone.replace('$TTL 1h\n', '')}`, place)).toBe('ambiguous-record');
    expect(refused('copr-be.aws AAAA 2001:db8::7\n@ IN SOA a b 1 2 3 4 5\n', place)).toBe('no-ttl');
    expect(refused(zone, place, { ...move, to: '::1\n@ IN A 192.0.2.1' } as ZoneEdit)).toBe('bad-input');
  });

  it('knows a name, its time and its address in every way to write them', () => {
    expect(aaaaOf(zone, place)).toEqual({ address: '2001:DB8:0:0::7', ttl: null, seconds: 3600 });
    expect(aaaaOf(zone, frontend)).toEqual({ address: '2001:db8::8', ttl: '300', seconds: 300 });
    expect(aaaaOf(zone, { ...place, name: 'COPR-BE-DEV.aws.example.org' })).toMatchObject({ address: '2001:db8::7' });
    expect(recordsOf(zone, 'example.org').map(({ name, type }) => `${name} ${type}`)).toEqual([
      'example.org SOA',
      'example.org NS',
      'ns01.example.org A',
      'note.example.org TXT',
      'copr-be.aws.example.org A',
      'copr-be.aws.example.org AAAA',
      'copr-fe.aws.example.org AAAA',
      'copr-be-dev.aws.example.org AAAA',
      'twice.aws.example.org AAAA',
      'twice.aws.example.org AAAA',
    ]);
  });
});

/** What each record is for how long, in the file's order. */
const times = (text: string) =>
  recordsOf(text, 'example.org').map(({ name, type, seconds }) => `${name} ${type} ${seconds}`);

describe('a zone without $TTL', () => {
  const bare = `@ 2h IN SOA ns01 hostmaster ( 2026111403 3h 1h 1w 5m )
@ IN NS ns01
copr-be.aws IN AAAA 2001:db8::7
   IN A 192.0.2.7
copr-fe.aws 5m AAAA 2001:db8::8
ns01 A 192.0.2.53
$TTL 1d
www A 192.0.2.80
`;

  it('gives a record the time that was written last', () => {
    expect(times(bare).map(line => line.split(' ').at(-1))).toEqual([
      '7200',
      '7200',
      '7200',
      '7200',
      '300',
      '300',
      '86400',
    ]);
    expect(aaaaOf(bare, place)).toEqual({ address: '2001:db8::7', ttl: null, seconds: 7_200 });
    const minimum = bare.replace('@ 2h IN SOA', '@ IN SOA');
    expect(aaaaOf(minimum, place).seconds).toBe(300);
  });

  it('keeps the time of a neighbour that inherits one', () => {
    const others = (text: string) => times(text).filter(line => !line.startsWith('copr-be.aws.example.org AAAA'));
    const low = applyZoneEdit(bare, place, { op: 'set-ttl', from: null, to: '60' }, today);
    expect(aaaaOf(low, place).seconds).toBe(60);
    expect(others(low)).toEqual(others(bare));
    expect(differing(bare, low).slice(1)).toEqual(['copr-be.aws 60 IN AAAA 2001:db8::7', '   7200 IN A 192.0.2.7']);
    const back = applyZoneEdit(low, place, { op: 'set-ttl', from: '60', to: null }, today);
    expect(times(back)).toEqual(times(bare));
    const frontendLow = applyZoneEdit(bare, frontend, { op: 'set-ttl', from: '5m', to: '60' }, today);
    expect(differing(bare, frontendLow).slice(1)).toEqual(['copr-fe.aws 60 AAAA 2001:db8::8', 'ns01 300 A 192.0.2.53']);
  });
});

describe('directives and white space of a zone', () => {
  it('$ORIGIN may be the root, or relative to the one before', () => {
    const text = `${zone}\n$ORIGIN .\nkg.example.org AAAA 2001:db8::5\n$ORIGIN example.org\nkg2 AAAA 2001:db8::6\n$ORIGIN aws\nkg3 AAAA 2001:db8::9\n`;
    const address = (name: string) => aaaaOf(text, { ...place, name }).address;
    expect(address('kg.example.org')).toBe('2001:db8::5');
    expect(address('kg2.example.org')).toBe('2001:db8::6');
    expect(address('kg3.aws.example.org')).toBe('2001:db8::9');
  });

  it('one that isn’t known, or is indented, is refused', () => {
    for (const line of ['$NOSUCH 5', ' $TTL 5', '$TTL', '$TTL soon', '$ORIGIN', '$GENERATE 1-2'])
      expect(() => recordsOf(`${zone}\n${line}\n`, 'example.org'), line).toThrow(/is no record/);
    expect(recordsOf(`${zone}\n$DATE 20261201000000\n$INCLUDE other\n`, 'example.org')).toHaveLength(10);
  });

  it('a record that $GENERATE may make is not edited', () => {
    const made = (pattern: string) => () =>
      aaaaOf(`${zone}\n$ORIGIN example.org.\n$GENERATE 1-9 ${pattern} AAAA 2001:db8::$\n`, place);
    const numbered = { ...place, name: 'builder-7.example.org' };
    expect(made('builder-$')).not.toThrow();
    expect(() =>
      aaaaOf(`${zone}\n$ORIGIN example.org.\n$GENERATE 1-9 builder-\${0,1,d} AAAA 2001:db8::$\n`, numbered),
    ).toThrow(/\$GENERATE in line 18 may make/);
  });

  it('only blanks and tabs part words', () => {
    for (const odd of ['\u00a0', '\f', '\v', '\u2003'])
      expect(() => aaaaOf(zone.replace('copr-be\tIN', `copr-be${odd}\tIN`), place), JSON.stringify(odd)).toThrow(
        /no AAAA record/,
      );
    expect(aaaaOf(zone.replaceAll('\n', '\r\n'), place).seconds).toBe(3_600);
    expect(() => recordsOf(zone.replace('copr-be\t', 'copr-be\r'), 'example.org')).toThrow(/carriage return/);
  });
});

describe('a serial', () => {
  it('that is a date becomes today’s, or the next where that is not newer', () => {
    expect(bumpedSerial(2026111403, today)).toBe(2026112500);
    expect(bumpedSerial(2026112500, today)).toBe(2026112501);
    expect(bumpedSerial(2026112599, today)).toBe(2026112600);
    expect(bumpedSerial(2031010100, today)).toBe(2031010101);
  });

  it('that only counts goes up by one, and round', () => {
    expect(bumpedSerial(41, today)).toBe(42);
    expect(bumpedSerial(2 ** 32 - 1, today)).toBe(0);
  });

  it('is newer after every change', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 32 - 1 }), fc.integer({ min: 0, max: 4_102_444_800_000 }), (serial, now) =>
        isNewer(bumpedSerial(serial, now), serial),
      ),
    );
  });
});

describe('a patch of lines', () => {
  it('is taken by git apply, with whatever ends lines and files have', () => {
    const dir = mkdtempSync(join(tmpdir(), 'ferry-patch-'));
    const line = fc.stringMatching(/^[ -~]{0,4}\r?$/);
    const rows = fc.array(fc.tuple(line, line), { minLength: 1, maxLength: 30 });
    try {
      fc.assert(
        fc.property(rows, fc.boolean(), (pairs, ended) => {
          const texts = [0, 1].map(side => pairs.map(pair => pair[side]).join('\n') + (ended ? '\n' : ''));
          const [before = '', after = ''] = texts;
          fc.pre(before !== after && before.length > 0 && before.match(/\n/g)?.length === after.match(/\n/g)?.length);
          fc.pre(ended || (pairs.at(-1)?.[0] !== '' && pairs.at(-1)?.[1] !== ''));
          writeFileSync(join(dir, 'zone'), before);
          const patch = linePatch('zone', before, after);
          execFileSync('git', ['apply', '--whitespace=nowarn'], { cwd: dir, input: patch, stdio: 'pipe' });
          expect(readFileSync(join(dir, 'zone'), 'utf8')).toBe(after);
        }),
        { numRuns: 40 },
      );
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});
