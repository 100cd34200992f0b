/** The output of a change that brings nothing about which later steps read. */
export type Nothing = Record<never, never>;
