import { addressesIn } from './address.ts';
import { topLevelKeys, yamlPlace } from './yaml-place.ts';

/** Value of a top-level key that is a scalar, as text; undefined when there is no such key or its value is no scalar. */
export function scalarOf(yaml: string, key: string, file = 'the file'): string | undefined {
  if (!topLevelKeys(yaml, file).includes(key)) return undefined;
  return yamlPlace(yaml, file, key).scalar?.value;
}

/** Whether a top-level key is there, whatever its value. */
export function hasKey(yaml: string, key: string, file = 'the file'): boolean {
  return topLevelKeys(yaml, file).includes(key);
}

/** IPv4 and IPv6 addresses below a top-level key, each once, in the file's order; none when there is no such key. Comments don't count. */
export function addressesUnder(yaml: string, key: string, file = 'the file'): string[] {
  if (!topLevelKeys(yaml, file).includes(key)) return [];
  const place = yamlPlace(yaml, file, key);
  return [...new Set(addressesIn(yaml, place.scalars).map(one => one.address))];
}

/**
 * Destination ports of the packet filter's rules below a top-level key that name an address: `--dport 80`, `tcp dport { 80, 5167 }`.
 * Of a range its ends.
 */
export function portsBeside(yaml: string, key: string, address: string, file = 'the file'): number[] {
  if (!topLevelKeys(yaml, file).includes(key)) return [];
  return yamlPlace(yaml, file, key)
    .scalars.filter(one => addressesIn(yaml, [one]).some(found => found.address === address))
    .flatMap(
      ({ value }) => value.match(/\bdports? +(?:\{[^}]*\}|[\d,:-]+)/g)?.flatMap(one => one.match(/\d+/g) ?? []) ?? [],
    )
    .map(Number);
}

/** What stands below a top-level key instead of an address, as written: aliases and Jinja. What they come to isn't known here. */
export function unreadableUnder(yaml: string, key: string, file = 'the file'): string[] {
  if (!topLevelKeys(yaml, file).includes(key)) return [];
  const { aliases, scalars } = yamlPlace(yaml, file, key);
  return [...aliases, ...scalars.map(one => one.value).filter(value => /\{[{%]/.test(value))];
}
