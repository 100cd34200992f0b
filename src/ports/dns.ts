export interface DnsReader {
  /** What each configured name server answers by itself (no recursion, no cache). */
  resolve(
    name: string,
    type: 'A' | 'AAAA',
  ): Promise<readonly { readonly server: string; readonly addresses: readonly string[] }[]>;
}
