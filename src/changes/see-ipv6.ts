import { type ChangeMaker, defineChange } from '#engine/define-change.ts';
import type { HostRef } from '#ports/shell.ts';
import { hostName, onHost } from './shared/command-line.ts';
import { lookAtCommand } from './shared/look-at-command.ts';
import { failed } from './shared/looks.ts';
import type { Nothing } from './shared/nothing.ts';
import { readOrRefuse } from './shared/read-or-refuse.ts';

type Args = { readonly host: HostRef; readonly address: string };

/**
 * Every five seconds: is it there? After a minute the connection of the interface with the default route is brought up,
 * once: NetworkManager then asks DHCPv6 for its addresses again. Half a minute later it gives up.
 */
const script = `n=0
until ip -6 -o addr show scope global | grep -qF " $1/"; do
  n=$((n + 1))
  if [ "$n" -eq 13 ]; then
    d=$(ip -4 -o route show default | sed -n 's/.* dev \\([^ ]*\\).*/\\1/p' | head -n 1)
    echo "not there after a minute: bringing up the connection of $d"
    nmcli connection up ifname "$d" || exit 1
  fi
  [ "$n" -lt 20 ] || { echo "$1 isn't there"; exit 1; }
  sleep 5
done`;

/**
 * Waits until a host itself has an IPv6 address that its interface was given; a host that doesn't notice it gets its
 * connection brought up once. Started detached, since that may cut the session. Source: procedure, move-address.
 */
export const seeIpv6: ChangeMaker<Args, Nothing> = defineChange<Args, Nothing>({
  kind: 'see-ipv6',
  version: 1,
  repeat: 'converges',
  limit: 'network',

  say: ({ host, address }) =>
    `see ${address} on ${hostName(host)} itself; where it isn't there after 60 s, bring its connection up, once`,

  async look(ports, { host, address }, about) {
    // The command's state before the world: what it brings about in between shows.
    const state = await lookAtCommand<Nothing>(ports, host, about, `waiting for ${address}`);
    const addresses = await readOrRefuse(ports.shell, host, ['ip', '-6', '-o', 'addr']);
    if (addresses.includes(` ${address}/`)) return { is: 'after', output: {} };
    if (state.is === 'absent') return { is: 'before' };
    if (state.is === 'done') return failed('address-gone', `${hostName(host)} had ${address} and lost it`, state.tail);
    if (state.is !== 'failed') return state;
    const sentence = `${hostName(host)} doesn't see ${address}, though its connection was brought up`;
    return failed('address-not-seen', sentence, state.evidence);
  },

  async make({ shell }, { host, address }, send) {
    await shell.start(host, ['sh', '-c', script, 'see-ipv6', address], send);
    return undefined;
  },

  inverse: () => ({ rule: 'what a host sees follows from what its interface has' }),

  byHand: ({ host, address }) =>
    onHost(host, `ip -6 addr   # ${address} is there; else: nmcli connection up ifname ens5`),
});
