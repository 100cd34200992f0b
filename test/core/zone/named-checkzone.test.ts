import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { aaaaOf, applyZoneEdit, type ZoneEdit } from '#core/zone/zone-edit.ts';
import { recordsOf } from '#core/zone/zone-file.ts';
import { type SeededName, seededTargets } from '#sim/ec2/seeded-targets.ts';
import { asBindReads, missingNamedCheckzone } from '#test/peers/named-checkzone.ts';

const zone = 'aws.fedoraproject.org';
const file = join(import.meta.dirname, '../../../src/sim/git/seed-dns/master/aws.fedoraproject.org');
const text = readFileSync(file, 'utf8');
const names = Object.keys(seededTargets) as SeededName[];
const now = Date.UTC(2026, 10, 25);
const missing = missingNamedCheckzone();

describe.skipIf(missing !== undefined)('an edited zone, as BIND reads it', () => {
  let before: string[];
  beforeAll(() => {
    before = asBindReads(zone, text);
  });

  it('has the records that we read, with their times', () => {
    const wanted = /^(\S+)\.\s+(\d+)\s+IN\s+(A|AAAA)\s+(\S+)$/;
    const theirs = before.flatMap(line => {
      const [, name, seconds, type, address] = wanted.exec(line) ?? [];
      return name === undefined ? [] : [`${name} ${seconds} ${type} ${address}`];
    });
    const ours = recordsOf(text, zone)
      .filter(({ type }) => type === 'A' || type === 'AAAA')
      .map(({ name, seconds, type, data }) => `${name} ${seconds} ${type} ${data[0]?.text}`);
    expect(ours.sort()).toEqual(theirs.sort());
    expect(ours.length).toBeGreaterThan(20);
  });

  it('has the times that BIND gives records which inherit theirs, before and after an edit', () => {
    const head = 'IN SOA ns1.example.org. h.example.org. ( 2026111403 3h 1h 1w 5m )\n@ IN NS ns1\n';
    const rest =
      'ns1 A 192.0.2.1\na AAAA 2001:db8::7\nb A 192.0.2.2\n$ORIGIN .\nc.example.org A 192.0.2.3\nd.example.org 7 A 192.0.2.4\ne.example.org A 192.0.2.5\n';
    const place = { zone: 'example.org', file: 'z', name: 'a.example.org' };
    const theirs = (zoneText: string) =>
      asBindReads('example.org', zoneText)
        .map(line => line.replaceAll(/\s+/g, ' '))
        .filter(line => / A{1,4} /.test(line));
    const ours = (zoneText: string) =>
      recordsOf(zoneText, 'example.org')
        .filter(({ type }) => /^A{1,4}$/.test(type))
        .map(({ name, seconds, type, data }) => `${name}. ${seconds} IN ${type} ${data[0]?.text}`);
    for (const soa of ['@', '@ 2h', '$TTL 1d\n@', '$TTL 1d\n@ 2h']) {
      const given = `${soa} ${head}${rest}`;
      expect(ours(given).sort(), soa).toEqual(theirs(given).sort());
      const low = applyZoneEdit(given, place, { op: 'set-ttl', from: null, to: '60' }, now);
      const changed = theirs(low).filter(line => !theirs(given).includes(line));
      expect(changed, soa).toEqual(['a.example.org. 60 IN AAAA 2001:db8::7']);
      const back = applyZoneEdit(low, place, { op: 'set-ttl', from: '60', to: null }, now);
      expect(theirs(back), soa).toEqual(theirs(given));
    }
  });

  it.each(names)('%s: is another in the one record and the serial', name => {
    const place = { zone, file: 'master/aws.fedoraproject.org', name: `${name}.aws.fedoraproject.org` };
    const { address, ttl } = aaaaOf(text, place);
    const edits: ZoneEdit[] = [
      { op: 'set-ttl', from: ttl, to: '60' },
      { op: 'set-address', from: address, to: '2600:1f18:8ee:ae00:1:2:3:4' },
      { op: 'set-ttl', from: '60', to: ttl },
    ];
    let is = text;
    for (const edit of edits) {
      is = applyZoneEdit(is, place, edit, now);
      const after = asBindReads(zone, is);
      const changed = after.filter(line => !before.includes(line)).map(line => line.replaceAll(/\s+/g, ' '));
      expect(changed).toHaveLength(2);
      const [soa, record] = changed;
      expect(record).toMatch(new RegExp(`^${name}\\.aws\\.fedoraproject\\.org\\. \\d+ IN AAAA `));
      expect(soa).toMatch(/^aws\.fedoraproject\.org\. 3600 IN SOA .* 20261125\d\d /);
    }
  });
});
