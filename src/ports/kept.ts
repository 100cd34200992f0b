/** Small notes of the chat side that outlive a process: what was said of an outage of ours, what a room's id was. Not the journal. */
export interface Kept {
  get(key: string): Promise<string | undefined>;
  /** undefined takes the note away. */
  set(key: string, value: string | undefined): Promise<void>;
  /** Every note whose key begins so. */
  all(prefix: string): Promise<Readonly<Record<string, string>>>;
}
