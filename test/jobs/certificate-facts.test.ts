import { expect, test } from 'vitest';
import { remarksOnCertificate } from '#jobs/read/certificate-facts.ts';

const now = Date.parse('2026-11-23T06:00:00Z');
const day = 86_400_000;
const ending = (days: number) => ({ serial: '04', ends: now + days * day });

test('a certificate that ends soon is told, one that has ended stops the run', () => {
  expect(remarksOnCertificate(null, now)).toEqual([]);
  expect(remarksOnCertificate(ending(40), now)).toEqual([]);
  expect(remarksOnCertificate(ending(5), now)).toEqual(['The certificate in use ends on 2026-11-28.']);
  expect(() => remarksOnCertificate(ending(0.5), now)).toThrow(/ends on 2026-11-23: renew it/);
});
