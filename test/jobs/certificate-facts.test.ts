import { expect, test } from 'vitest';
import { certificateFacts, checkCertificate, covers, remarksOnCertificate } from '#jobs/read/certificate-facts.ts';
import type { TargetSettings } from '#jobs/settings.ts';
import { scriptedReaders } from '../fakes/scripted-ports.ts';

const now = Date.parse('2026-11-23T06:00:00Z');
const day = 86_400_000;
const ending = (days: number) => ({ serial: '04', ends: now + days * day });

test('a certificate that ends soon is told, one that has ended stops the run', () => {
  expect(remarksOnCertificate(null, now)).toEqual([]);
  expect(remarksOnCertificate(ending(40), now)).toEqual([]);
  expect(remarksOnCertificate(ending(5), now)).toEqual(['The certificate in use ends on 2026-11-28.']);
  expect(() => remarksOnCertificate(ending(0.5), now)).toThrow(/ends on 2026-11-23: renew it/);
});

const target = (certificate: string | null, ...urls: string[]) =>
  ({
    ...{ name: 'copr-fe-dev', host: 'copr-fe-dev.aws.example.org', certificate },
    check: { urls, repository: null },
  }) as unknown as TargetSettings;
const page = 'https://copr.stg.example.org/api_3/';

test('a certificate is looked up by the name that the estate gives it, and read with all names that it is for', async () => {
  const printed = [
    'serial=04AB',
    'notAfter=Feb 13 06:12:40 2027 GMT',
    'X509v3 Subject Alternative Name: ',
    '    DNS:copr.stg.example.org, DNS:*.Cloud.example.org, IP Address:192.0.2.7',
  ].join('\n');
  const path = '/etc/letsencrypt/live/copr.stg.example.org/cert.pem';
  const reads = {
    [`test -e ${path}`]: '',
    [`openssl x509 -noout -serial -enddate -ext subjectAltName -in ${path}`]: printed,
  };
  const { shell } = scriptedReaders({ reads });
  expect(await certificateFacts(shell, { instance: 'i-1' }, target('copr.stg.example.org'))).toEqual({
    serial: '04AB',
    ends: Date.UTC(2027, 1, 13, 6, 12, 40),
    names: ['copr.stg.example.org', '*.cloud.example.org', '192.0.2.7'],
  });
});

test('each page that is looked at by HTTPS must be covered', () => {
  const certificate = { serial: '04', ends: now, names: ['copr.stg.example.org', '*.cloud.example.org'] };
  const check = (urls: readonly string[]) => () =>
    checkCertificate(certificate, target('copr.stg.example.org', ...urls));
  expect(check([page, 'https://copr-be.cloud.example.org/x', 'http://copr-fe-dev.aws.example.org/'])).not.toThrow();
  expect(check([page, 'https://copr-fe-dev.aws.example.org/'])).toThrow(
    /for copr\.stg\.example\.org, \*\.cloud\.example\.org, and not for copr-fe-dev\.aws\.example\.org of https/,
  );
});

test('a certificate that is nowhere stops the run, where the estate names one or a page needs one', () => {
  expect(() => checkCertificate(null, target('copr.stg.example.org'))).toThrow(/copr-fe-dev\.certificate names/);
  expect(() => checkCertificate(null, target(null, page))).toThrow(/name it by targets\.copr-fe-dev\.certificate/);
  expect(() => checkCertificate(null, target(null))).not.toThrow();
});

test('a wildcard stands for one label', () => {
  expect(covers('*.example.org', 'copr.example.org')).toBe(true);
  expect(covers('*.example.org', 'COPR.Example.org')).toBe(true);
  expect(covers('*.example.org', 'a.copr.example.org')).toBe(false);
  expect(covers('*.example.org', 'example.org')).toBe(false);
  expect(covers('*.org', 'example.org')).toBe(false);
  expect(covers('copr.example.org', 'xcopr.example.org')).toBe(false);
});
