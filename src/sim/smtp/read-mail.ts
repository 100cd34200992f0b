/** A mail as the receiving end reads it: of plain text only. */
export interface ReadMail {
  /** Without angle brackets. */
  readonly messageId: string;
  readonly from: string;
  readonly subject: string;
  readonly text: string;
}

/** Reads a mail of one text part: folded headers, encoded words, quoted-printable and base64 bodies. */
export function readMail(source: Buffer): ReadMail {
  const raw = source.toString('latin1');
  const gap = /\r?\n\r?\n/.exec(raw);
  const head = gap === null ? raw : raw.slice(0, gap.index);
  const body = gap === null ? '' : raw.slice(gap.index + gap[0].length);
  const headers = new Map(
    head
      .replaceAll(/\r?\n[ \t]+/g, ' ')
      .split(/\r?\n/)
      .map(line => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const header = (name: string) => headers.get(name) ?? '';
  return {
    messageId: header('message-id').replace(/^<|>$/g, ''),
    from: words(header('from')),
    subject: words(header('subject')),
    text: decoded(body, header('content-transfer-encoding').toLowerCase()).replaceAll('\r\n', '\n'),
  };
}

function decoded(body: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  if (encoding === 'quoted-printable') return quotedPrintable(body.replaceAll(/=[ \t]*\r?\n/g, ''));
  return Buffer.from(body, 'latin1').toString('utf8');
}

/** RFC 2047. Blanks between two encoded words belong to neither. */
function words(header: string): string {
  return header
    .replaceAll(/(\?=)\s+(=\?)/g, '$1$2')
    .replaceAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, kind: string, text: string) =>
      kind.toLowerCase() === 'b'
        ? Buffer.from(text, 'base64').toString('utf8')
        : quotedPrintable(text.replaceAll('_', ' ')),
    );
}

function quotedPrintable(text: string): string {
  const bytes = text.replaceAll(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
