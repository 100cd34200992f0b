/**
 * One edit of the Ansible inventory as data: it stands in a change's arguments, so it is hashed, shown and inverted.
 * `file` is relative to the repository. Every edit names its place by section or key and host, keeps every other byte,
 * and fails with what it found where the file doesn't fit.
 */
export type InventoryEdit =
  /** INI: sets the variables after a host's name in a section ("birthday" → "yes"); null removes one. Other words of the line stay. */
  | {
      readonly op: 'set-host-vars';
      readonly file: string;
      readonly section: string;
      readonly host: string;
      readonly vars: { readonly [name: string]: string | null };
    }
  /** INI: the host is listed in the section: its commented line is uncommented, or a line is added at the end of the section. */
  | {
      readonly op: 'list-host';
      readonly file: string;
      readonly section: string;
      readonly host: string;
      readonly vars: { readonly [name: string]: string };
    }
  /** INI: the host's line is byte for byte what it was before `list-host` (`was`: the whole line without its line end; null: there was none). */
  | {
      readonly op: 'unlist-host';
      readonly file: string;
      readonly section: string;
      readonly host: string;
      readonly was: string | null;
    }
  /** YAML: the scalar of a top-level key on its one line; a comment behind it stays. */
  | {
      readonly op: 'set-scalar';
      readonly file: string;
      readonly key: string;
      readonly from: string;
      readonly to: string;
    }
  /** YAML: one address is replaced by another wherever it stands under a top-level key, padding kept. */
  | {
      readonly op: 'replace-address';
      readonly file: string;
      readonly key: string;
      readonly from: string;
      readonly to: string;
    }
  /** YAML: a second address beside each element that names the first one, under a top-level key (a list of addresses, or of rules). */
  | {
      readonly op: 'add-address';
      readonly file: string;
      readonly key: string;
      readonly beside: string;
      readonly address: string;
      /** On which side of that element; after it unless told. The way back from `drop-address` needs it. */
      readonly where?: 'before' | 'after';
    }
  /** YAML: the inverse of `add-address`: each element that names the address goes. */
  | { readonly op: 'drop-address'; readonly file: string; readonly key: string; readonly address: string };
