/**
 * The text of resalloc's pools.yaml with the same `max` in every section; every other byte stays. A section without a
 * `max` gets one, since resalloc's default isn't zero.
 */
export function withMax(pools: string, max: number): string {
  const lines = pools.split('\n');
  const out: string[] = [];
  let header: { readonly at: number; readonly indent: string | undefined; readonly has: boolean } | undefined;
  const close = () => {
    if (header !== undefined && !header.has) out.splice(header.at + 1, 0, `${header.indent ?? '    '}max: ${max}`);
    header = undefined;
  };
  for (const line of lines) {
    if (/^[^\s#:][^:]*:\s*(#.*)?$/.test(line)) {
      close();
      header = { at: out.length, indent: undefined, has: false };
    } else if (header !== undefined) {
      const [, indent] = /^(\s+)[^\s#]/.exec(line) ?? [];
      if (indent !== undefined && header.indent === undefined) header = { ...header, indent };
      const [, before, after] = /^(\s+max:\s*)\d+(\s*(?:#.*)?)$/.exec(line) ?? [];
      if (before !== undefined && indent === header.indent) {
        header = { ...header, has: true };
        out.push(`${before}${max}${after ?? ''}`);
        continue;
      }
    }
    out.push(line);
  }
  close();
  return out.join('\n');
}
