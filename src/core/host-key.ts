/**
 * Whether a public key's blob is whole and of its type, as "ssh-ed25519 AAAA…" has them: nothing is missing, nothing
 * follows. Half a key passes for one by its beginning alone. Source: RFC 4253, 6.6; RFC 5656, 3.1; RFC 8709, 4.
 */
export function isWholeKey(type: string, blob: string): boolean {
  const bytes = Buffer.from(blob, 'base64');
  if (bytes.toString('base64') !== blob) return false;
  const fields = fieldsOf(bytes);
  const [name, ...rest] = fields ?? [];
  if (name?.toString('latin1') !== type) return false;
  const [first, second] = rest;
  switch (type) {
    case 'ssh-ed25519':
      return rest.length === 1 && first?.length === 32;
    case 'ssh-rsa':
      // The exponent, then the modulus of at least 1,024 bits.
      return rest.length === 2 && first !== undefined && first.length > 0 && (second?.length ?? 0) >= 128;
    default: {
      const curve = /^ecdsa-sha2-(nistp(?:256|384|521))$/.exec(type)?.[1];
      const lengths: Readonly<Record<string, number>> = { nistp256: 65, nistp384: 97, nistp521: 133 };
      if (curve === undefined) return rest.length > 0 && rest.every(field => field.length > 0);
      return rest.length === 2 && first?.toString('latin1') === curve && second?.length === lengths[curve];
    }
  }
}

/** The length-prefixed fields that fill the bytes exactly; undefined where they don't. */
function fieldsOf(bytes: Buffer): Buffer[] | undefined {
  const fields: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (at + 4 > bytes.length) return undefined;
    const end = at + 4 + bytes.readUInt32BE(at);
    if (end > bytes.length) return undefined;
    fields.push(bytes.subarray(at + 4, end));
    at = end;
  }
  return fields;
}
