/**
 * A file's bytes as text, so that `encoded` gives back every byte: UTF-8 where it is that, else one character a byte. Edits
 * are ASCII and work on either.
 */
export function decoded(bytes: Buffer): { readonly text: string; readonly encoding: 'utf8' | 'latin1' } {
  const text = bytes.toString('utf8');
  return Buffer.from(text, 'utf8').equals(bytes)
    ? { text, encoding: 'utf8' }
    : { text: bytes.toString('latin1'), encoding: 'latin1' };
}

/** The bytes of an edited text, encoded as the file was before. */
export function encoded(text: string, before: Buffer): Buffer {
  return Buffer.from(text, decoded(before).encoding);
}
