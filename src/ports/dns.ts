export interface DnsReader {
  /** What each configured name server answers by itself (no recursion, no cache). */
  resolve(
    name: string,
    type: 'A' | 'AAAA',
  ): Promise<readonly { readonly server: string; readonly addresses: readonly string[] }[]>;
  /** How long resolvers may keep what each answers, in seconds: the record's TTL there; undefined without such a record. */
  lifetimes(
    name: string,
    type: 'A' | 'AAAA',
  ): Promise<readonly { readonly server: string; readonly seconds: number | undefined }[]>;
}
