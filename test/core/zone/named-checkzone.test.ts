import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { aaaaOf, applyZoneEdit, type ZoneEdit } from '#core/zone/zone-edit.ts';
import { recordsOf } from '#core/zone/zone-file.ts';
import { type SeededName, seededTargets } from '#sim/ec2/seeded-targets.ts';
import { asBindReads, missingNamedCheckzone } from '#test/peers/named-checkzone.ts';

const zone = 'fedoraproject.org';
const file = join(import.meta.dirname, '../../../src/sim/git/seed-dns/master/fedoraproject.org');
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

  it.each(names)('%s: is another in the one record and the serial', name => {
    const place = { zone, file: 'master/fedoraproject.org', name: `${name}.aws.fedoraproject.org` };
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
      expect(changed[0]).toMatch(new RegExp(`^${name}\\.aws\\.fedoraproject\\.org\\. \\d+ IN AAAA `));
      expect(changed[1]).toMatch(/^fedoraproject\.org\. 3600 IN SOA .* 20261125\d\d /);
    }
  });
});
