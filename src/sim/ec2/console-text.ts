import type { SimInstance } from '../state.ts';

/** The same with its last host key cut in half by a line of the kernel, as two writers to one console do it. */
export function tornConsole(text: string): string {
  const end = text.indexOf('\r\n-----END SSH HOST KEY KEYS-----');
  const [key] = /\S+ \S+[^\r\n]*$/.exec(text.slice(0, Math.max(0, end))) ?? [];
  if (end < 0 || key === undefined) return text;
  const half = key.indexOf(' ') + 1 + 4 * Math.floor((key.length - key.indexOf(' ')) / 8);
  const kernel = '[   13.002114] IPv6: ADDRCONF(NETDEV_CHANGE): ens5: link becomes ready';
  return `${text.slice(0, end - key.length)}${key.slice(0, half)}${kernel}${text.slice(end)}`;
}

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
