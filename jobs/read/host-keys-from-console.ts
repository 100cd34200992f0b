/**
 * Host keys as cloud-init prints them between its BEGIN and END lines: of the last complete block, "type blob" without
 * comments. undefined while there is none. Keys whose blob names another type are left out; an empty block is no block.
 */
export function hostKeysFromConsole(console: string): string[] | undefined {
  const blocks = console.match(/-----BEGIN SSH HOST KEY KEYS-----[\s\S]*?-----END SSH HOST KEY KEYS-----/g) ?? [];
  const last = blocks.at(-1);
  if (last === undefined) return undefined;
  const keys = last
    .split(/\r?\n/)
    .map(line => /(?:^|\s)((?:ssh|ecdsa)-[a-z0-9@.-]+) ([A-Za-z0-9+/=]+)/.exec(line))
    .flatMap(found =>
      found?.[1] !== undefined && found[2] !== undefined && typeOf(found[2]) === found[1]
        ? [`${found[1]} ${found[2]}`]
        : [],
    );
  return keys.length === 0 ? undefined : keys;
}

/** The key type that a blob carries: a length of four bytes, then the name (RFC 4253, 6.6). */
function typeOf(blob: string): string {
  const bytes = Buffer.from(blob, 'base64');
  return bytes.length < 4 ? '' : bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString('ascii');
}
