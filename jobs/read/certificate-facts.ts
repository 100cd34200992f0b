import { Halt } from '#core/errors.ts';
import type { HostRef, ShellReader } from '#ports/shell.ts';
import type { TargetFacts } from '../facts.ts';
import type { TargetSettings } from '../settings.ts';

type Named = Pick<TargetSettings, 'host' | 'certificate'>;

/** Where certbot keeps the certificate in use, by the name that it has there: the estate's, else the host's. */
export function certificateOf({ host, certificate }: Named): string {
  return `/etc/letsencrypt/live/${certificate ?? host}/cert.pem`;
}

/** Serial, end and names of a target's certificate; null where there is none under its name. */
export async function certificateFacts(
  shell: ShellReader,
  host: HostRef,
  target: Named,
): Promise<TargetFacts['certificate']> {
  const path = certificateOf(target);
  if ((await shell.read(host, ['test', '-e', path])).code !== 0) return null;
  const argv = ['openssl', 'x509', '-noout', '-serial', '-enddate', '-ext', 'subjectAltName', '-in', path];
  const { code, stdout, stderr } = await shell.read(host, argv);
  const serial = /^serial=(\S+)$/m.exec(stdout)?.[1];
  const ends = Date.parse(/^notAfter=(.+)$/m.exec(stdout)?.[1] ?? '');
  if (code !== 0 || serial === undefined || Number.isNaN(ends))
    throw new Halt('can-not-read', `${path} can't be read as a certificate: ${stderr.trim() || 'no serial or end'}`);
  const names = [...stdout.matchAll(/\b(?:DNS|IP Address):([^,\s]+)/g)].map(([, name = '']) => name.toLowerCase());
  return { serial, ends, names };
}

/**
 * Every page that is looked at by HTTPS must be covered by the certificate, and the one that the estate names must be there.
 *
 * @throws Halt `certificate` naming the page or the file.
 */
export function checkCertificate(certificate: TargetFacts['certificate'], target: TargetSettings): void {
  const path = certificateOf(target);
  const named = target.certificate ?? null;
  if (certificate === null && named !== null)
    throw new Halt('certificate', `the old host has no ${path}, which targets.${target.name}.certificate names`);
  const pages = [...target.check.urls, ...(target.check.repository === null ? [] : [target.check.repository])];
  for (const page of pages) {
    const { protocol, hostname } = new URL(page);
    if (protocol !== 'https:') continue;
    if (certificate === null) {
      throw new Halt(
        'certificate',
        `${page} has no certificate that could be looked at: there is no ${path} on the old host; name it by targets.${target.name}.certificate`,
      );
    }
    const { names } = certificate;
    if (names !== undefined && !names.some(name => covers(name, hostname)))
      throw new Halt(
        'certificate',
        `${path} is for ${names.join(', ') || 'no name'}, and not for ${hostname} of ${page}`,
      );
  }
}

/** Whether a name of a certificate covers a host (RFC 6125): a wildcard stands for one whole label, the first. */
export function covers(name: string, host: string): boolean {
  const [wanted, is] = [host.toLowerCase().replace(/^\[|\]$/g, ''), name.toLowerCase()];
  if (!is.startsWith('*.')) return is === wanted;
  const [first = '', ...rest] = wanted.split('.');
  return first !== '' && rest.length > 1 && rest.join('.') === is.slice(2);
}

const day = 86_400_000;

/**
 * What is to know of a certificate's end.
 *
 * @param now ms.
 * @throws Halt `certificate` when it has ended, or ends within a day: the new host would serve it.
 */
export function remarksOnCertificate(certificate: TargetFacts['certificate'], now: number): string[] {
  if (certificate === null) return [];
  const left = certificate.ends - now;
  const until = new Date(certificate.ends).toISOString().slice(0, 10);
  if (left < day)
    throw new Halt('certificate', `the certificate in use ends on ${until}: renew it on the old instance first`);
  return left < 10 * day ? [`The certificate in use ends on ${until}.`] : [];
}
