import type { ReturnSettings, RunSettings } from './settings.ts';

/**
 * The settings of a return. Whether people have told the estate of the upgrade by now or not: the instance that leaves has the
 * keys that were pinned when it was launched, and the address that it got then where the target's doesn't move.
 */
export function returnedSettings(said: RunSettings, returns: Readonly<Record<string, ReturnSettings>>): RunSettings {
  const targets = Object.entries(said.targets).map(([name, target]) => {
    const back = returns[name];
    if (back === undefined) return [name, target] as const;
    const { hostKeys, ipv6 } = back.launched;
    return [name, { ...target, hostKeys, ipv6: target.ipv6Moves === false ? ipv6 : target.ipv6 }] as const;
  });
  return { ...said, targets: Object.fromEntries(targets), returns };
}
