import { isWholeKey } from '#core/host-key.ts';

/** What a console shows of a host's keys. */
export interface ConsoleKeys {
  /** "type blob" without comments; at least one. */
  readonly keys: readonly string[];
  /** Lines of the block that begin as a key and aren't a whole one: another writer came in between. */
  readonly torn: readonly string[];
}

/**
 * Host keys as cloud-init prints them between its BEGIN and END lines: the whole keys of the last complete block. undefined
 * while there is none; a block without a whole key is none.
 */
export function consoleKeys(console: string): ConsoleKeys | undefined {
  const blocks =
    console.match(
      /-----BEGIN SSH HOST KEY KEYS-----(?:(?!-----BEGIN SSH HOST KEY KEYS-----)[\s\S])*?-----END SSH HOST KEY KEYS-----/g,
    ) ?? [];
  const lines = (blocks.at(-1) ?? '').split(/\r?\n/).slice(1, -1);
  const keys: string[] = [];
  const torn: string[] = [];
  for (const line of lines) {
    const [, type = '', blob = ''] = /(?:^|\s)((?:ssh|ecdsa)-[a-z0-9@.-]+) ([A-Za-z0-9+/=]+)(?=\s|$)/.exec(line) ?? [];
    if (isWholeKey(type, blob)) keys.push(`${type} ${blob}`);
    else if (/(?:^|\s)(?:ssh|ecdsa)-/.test(line)) torn.push(line);
  }
  return keys.length === 0 ? undefined : { keys, torn };
}

/** The whole keys of the last complete block, or undefined. */
export function hostKeysFromConsole(console: string): readonly string[] | undefined {
  return consoleKeys(console)?.keys;
}
