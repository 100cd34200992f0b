import { Halt } from '#core/errors.ts';
import type { Scene } from './scene.ts';

/** The IPv6 address that the new instance got at its launch. @throws Halt `missing`. */
export function newIpv6({ new: launched, target }: Pick<Scene, 'new' | 'target'>): string {
  const [address] = launched.ipv6 ?? [];
  if (address === undefined) throw new Halt('missing', `${target.name}: the new instance has no IPv6 address`);
  return address;
}
