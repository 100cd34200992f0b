/** A mount that a run knows of, the same for the way there and back. */
export type MountSpec = {
  /** The mount point. */
  readonly path: string;
  /** What is mounted: `LABEL=copr-repo`, `UUID=…`, or the folder of a bind mount. */
  readonly source: string;
  readonly bind: boolean;
  /** UUID of the file system that must be there; null: whatever is found. */
  readonly uuid: string | null;
};

/** "/srv/copr-fe (LABEL=copr-fe)". */
export function mountInWords({ path, source, bind }: MountSpec): string {
  return `${path} (${bind ? `bind of ${source}` : source})`;
}
