import type { HostKeys } from '#ports/shell.ts';

/** The raw keys (as they go over the wire) of pinned lines such as "ssh-ed25519 AAAA…"; a line that isn't one is left out. */
export function rawKeys(lines: HostKeys): readonly Buffer[] {
  return lines.flatMap(line => {
    const [type, blob] = line.trim().split(/\s+/);
    if (type === undefined || blob === undefined) return [];
    const raw = Buffer.from(blob, 'base64');
    return typeOf(raw) === type ? [raw] : [];
  });
}

/** The name of a key's type stands at its beginning, behind its length. */
function typeOf(raw: Buffer): string | undefined {
  if (raw.length < 4) return undefined;
  const length = raw.readUInt32BE(0);
  return raw.length < 4 + length ? undefined : raw.toString('latin1', 4, 4 + length);
}

/**
 * Host key algorithms to offer: only those of the pinned keys, or a host with several keys could present one that isn't
 * pinned though it is the right host.
 */
export function algorithmsOf(lines: HostKeys): readonly string[] {
  const types = new Set(rawKeys(lines).map(typeOf));
  return [...types].flatMap(type =>
    type === undefined ? [] : type === 'ssh-rsa' ? ['rsa-sha2-512', 'rsa-sha2-256'] : [type],
  );
}

export function isPinned(lines: HostKeys, presented: Buffer): boolean {
  return rawKeys(lines).some(key => key.equals(presented));
}
