import type { SimInstance } from '../state.ts';

/** The serial console after the first boot: cloud-init's block of host keys among its other lines, with CR LF as the console has them. */
export function consoleText(instance: SimInstance, hostKeys: readonly string[]): string {
  const host = `ip-${instance.PrivateIpAddress.replaceAll('.', '-')}`;
  return [
    'Fedora Linux (Cloud Edition)',
    `Kernel 6.17.5-300.fc43.x86_64 on an x86_64 (ttyS0)`,
    '',
    `[   12.804211] cloud-init[1012]: Cloud-init v. 25.2 running 'modules:final' on ${host}.`,
    '<14>cloud-init: #############################################################',
    '<14>cloud-init: -----BEGIN SSH HOST KEY FINGERPRINTS-----',
    '<14>cloud-init: -----END SSH HOST KEY FINGERPRINTS-----',
    '<14>cloud-init: #############################################################',
    '-----BEGIN SSH HOST KEY KEYS-----',
    ...hostKeys,
    '-----END SSH HOST KEY KEYS-----',
    `[   13.117902] cloud-init[1012]: Cloud-init v. 25.2 finished. Datasource DataSourceEc2Local.`,
    '',
    `${host} login: `,
  ].join('\r\n');
}
