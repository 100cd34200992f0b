import { isThere } from '#changes/shared/host-reads.ts';
import { Halt } from '#core/errors.ts';
import type { HostRef, ShellReader } from '#ports/shell.ts';
import type { TargetFacts } from '../facts.ts';

/** Where certbot keeps the certificate in use of a name. */
export function certificateOf(host: string): string {
  return `/etc/letsencrypt/live/${host}/cert.pem`;
}

/** Serial and end of a host's certificate; null where it has none under its name. */
export async function certificateFacts(
  shell: ShellReader,
  host: HostRef,
  name: string,
): Promise<TargetFacts['certificate']> {
  const path = certificateOf(name);
  if (!(await isThere(shell, host, path))) return null;
  const { code, stdout, stderr } = await shell.read(host, [
    'openssl',
    'x509',
    '-noout',
    '-serial',
    '-enddate',
    '-in',
    path,
  ]);
  const serial = /^serial=(\S+)$/m.exec(stdout)?.[1];
  const ends = Date.parse(/^notAfter=(.+)$/m.exec(stdout)?.[1] ?? '');
  if (code !== 0 || serial === undefined || Number.isNaN(ends))
    throw new Halt('can-not-read', `${path} can't be read as a certificate: ${stderr.trim() || 'no serial or end'}`);
  return { serial, ends };
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
